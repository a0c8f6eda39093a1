import type { Recorded } from '../../../port/repository.ts'
import { formatSum } from '../../checksum.ts'
import { batchLimit } from '../../log/commit-log.ts'
import { recordedOf } from '../../log/recorded.ts'
import { checkedLines, type LinePosition } from '../file/checked-line.ts'
import { corrupt, type Place } from '../file/folder-error.ts'
import { type SegmentId, segmentName } from '../layout.ts'
import { type LogIndex, type LogPosition, segmentStart } from './log-index.ts'
import { type LogLine, parseLine } from './log-line.ts'

/** A line of the log, and the place after it. */
export interface PlacedLine {
  readonly line: LogLine
  readonly position: LogPosition
}

/** Reads the lines of a log from disk, in order, and checks that they follow each other. */
export class LogReader {
  readonly #folder: string
  readonly #log: string
  readonly #index: LogIndex

  /** Creates a reader of the log with the id `log`. */
  constructor(folder: string, log: string, index: LogIndex) {
    this.#folder = folder
    this.#log = log
    this.#index = index
  }

  /**
   * Returns the lines from one place to another, by default to the end of the log at the time of the call.
   * @throws {RepositoryError} `repository_corrupt` when a line is damaged or missing
   */
  async *lines(from: LogPosition, end = this.#index.end): AsyncGenerator<readonly PlacedLine[], undefined> {
    let at = from
    let previous: string | undefined
    for (;;) {
      const file = segmentName(this.#index.segment(at.segment) ?? { number: at.segment, after: at.version })
      const place = { folder: this.#folder, file }
      const until = at.segment === end.segment ? end.offset : undefined
      let last: LogLine | undefined
      for await (const group of checkedLines(place, at, until)) {
        const lines: PlacedLine[] = []
        for (const { body, position } of group) {
          const line = this.#parse(place, body, position.line, at, previous)
          if (last?.type === 'end')
            throw corrupt({ ...place, line: position.line }, 'comes after the end of the segment')
          last = line
          at = placeAfter(line, at, position)
          this.#index.remember(at)
          lines.push({ line, position: at })
        }
        yield lines
      }
      if (at.segment >= end.segment) {
        if (Number.isFinite(end.offset) && at.offset !== end.offset) throw corrupt(place, 'has lost its last lines')
        return
      }
      if (last?.type !== 'end') throw corrupt(place, 'has lost its last lines')
      previous = formatSum(at.sum)
      at = segmentStart({ number: at.segment + 1, after: at.version })
    }
  }

  /** Returns the events after a version, in batches of whole commits, each of up to `size` events or one commit. */
  async *batches(version: number, size = batchLimit): AsyncGenerator<readonly Recorded[], undefined> {
    let batch: Recorded[] = []
    for await (const lines of this.lines(this.#index.before(version))) {
      for (const { line, position } of lines) {
        if (line.type !== 'commit' || position.version <= version) continue
        const events = recordedOf(line, Math.max(line.after, version))
        if (batch.length > 0 && batch.length + events.length > size) {
          yield batch
          batch = []
        }
        for (const recorded of events) batch.push(recorded)
      }
    }
    if (batch.length > 0) yield batch
  }

  #parse(place: Place, body: Buffer, number: number, at: LogPosition, previous: string | undefined): LogLine {
    const line = parseLine(body.toString())
    const problem = line === undefined ? 'is not a line of a log' : this.#problemOf(line, at, previous)
    if (line === undefined || problem !== undefined) throw corrupt({ ...place, line: number }, problem ?? '')
    return line
  }

  #problemOf(line: LogLine, at: LogPosition, previous: string | undefined): string | undefined {
    if ((line.type === 'head') !== (at.line === 0)) return 'is not a line of a log'
    if (line.type === 'commit' && line.after !== at.version)
      return `has events after version ${line.after}, but the log is at version ${at.version}`
    if (line.type === 'first' && at.version !== 0) return `begins a log that is at version ${at.version}`
    if (line.type === 'end' && line.next !== at.segment + 1) return `names segment ${line.next} as the next one`
    if (line.type !== 'head') return undefined
    if (line.log !== this.#log) return `belongs to the log ${line.log}, and the repository has the log ${this.#log}`
    const isHere = line.segment === at.segment && line.after === at.version
    const named: SegmentId = { number: line.segment, after: line.after }
    if (!isHere) return `belongs to the file ${segmentName(named)}`
    return previous === undefined || line.previous === previous ? undefined : 'does not follow the segment before'
  }
}

/** Returns the place after a line. */
function placeAfter(
  line: LogLine,
  { segment, version }: LogPosition,
  { offset, line: number, sum }: LinePosition,
): LogPosition {
  const after = line.type === 'commit' ? version + line.events.length : line.type === 'first' ? line.first : version
  return { offset, line: number, sum, segment, version: after }
}
