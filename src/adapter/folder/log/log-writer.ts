import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { formatSum } from '../../checksum.ts'
import { LineEncoder } from '../file/checked-line.ts'
import { writeWhole } from '../file/write-file.ts'
import { segmentName } from '../layout.ts'
import type { LogIndex, LogPosition } from './log-index.ts'
import { formatLine } from './log-line.ts'

/** A line to append, and the version of the log after it. */
export interface NewLine {
  readonly text: string
  readonly version: number
}

/** Appends lines to the last segment of a log. */
export class LogWriter {
  readonly #folder: string
  readonly #log: string
  readonly #index: LogIndex
  #file: FileHandle
  #failure: unknown

  /** Creates a writer to `file`, the last segment of the log with the id `log`, opened to append at the end of the index. */
  constructor(folder: string, log: string, index: LogIndex, file: FileHandle) {
    this.#folder = folder
    this.#log = log
    this.#index = index
    this.#file = file
  }

  /** The error of the first append that failed. */
  get failure(): unknown {
    return this.#failure
  }

  /**
   * Appends lines, then calls `fdatasync` once. When it throws, the lines may be stored or not, and every later append
   * throws too: a later sync can succeed although the system has dropped these lines.
   */
  async append(lines: readonly NewLine[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    const { end } = this.#index
    const encoder = new LineEncoder(end)
    const places = lines.map(({ text, version }): LogPosition => {
      encoder.add(text)
      return { ...encoder.position, segment: end.segment, version }
    })
    try {
      await this.#file.appendFile(encoder.take())
      await this.#file.datasync()
    } catch (error) {
      this.#failure = error
      // Drops the lines from the page cache too, so that the next process does not read what the disk may lack.
      await this.#file.truncate(end.offset).catch(() => undefined)
      await this.#file.sync().catch(() => undefined)
      throw error
    }
    this.#index.end = places.at(-1) ?? end
    for (const place of places) this.#index.remember(place)
  }

  /**
   * Begins the next segment, unless the last one has no lines but its first. A crash between the two writes leaves a segment
   * that the one before does not name: opening removes it. `first` is the version before the first event of the log.
   */
  async beginSegment(first: number): Promise<void> {
    const { end } = this.#index
    if (end.line <= 1) return
    const id = { number: end.segment + 1, after: end.version }
    const closing = formatLine({ next: id.number })
    const encoder = new LineEncoder(end)
    encoder.add(closing)
    const head = {
      segment: id.number,
      log: this.#log,
      after: id.after,
      first,
      previous: formatSum(encoder.position.sum),
    }
    const start = await writeWhole(this.#folder, segmentName(id), [formatLine(head)])
    await this.append([{ text: closing, version: end.version }])
    await this.#file.close()
    this.#file = await open(join(this.#folder, segmentName(id)), 'a').catch((error: unknown) => {
      this.#failure = error
      throw error
    })
    this.#index.add(id)
    this.#index.end = { ...start, segment: id.number, version: id.after }
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
