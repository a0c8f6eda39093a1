import type { Recorded } from '../../port/repository.ts'
import { batchLimit } from '../log/commit-log.ts'
import { recordedOf } from '../log/recorded.ts'
import { checkedLines } from './checked-line.ts'
import { formatSum } from './checksum.ts'
import { corrupt } from './folder-error.ts'
import { type SegmentId, segmentName } from './layout.ts'
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
  async *lines(from: LogPosition, end = this.#index.end): AsyncGenerator<PlacedLine, undefined> {
    let at = from
    let previous: string | undefined
    for (;;) {
      const file = segmentName(this.#index.segment(at.segment) ?? { number: at.segment, after: at.version })
      const place = { folder: this.#folder, file }
      let isEnded = false
      for await (const { body, position } of checkedLines(
        place,
        at,
        at.segment === end.segment ? end.offset : undefined,
      )) {
        const line = parseLine(body.toString())
        const problem = isEnded ? 'comes after the last line of the segment' : this.#problemOf(line, at, previous)
        if (line === undefined || problem !== undefined) {
          throw corrupt({ ...place, line: position.line }, problem ?? 'is not a line of a log')
        }
        at = { ...position, segment: at.segment, version: versionAfter(line, at.version) }
        this.#index.remember(at)
        isEnded = line.type === 'end'
        yield { line, position: at }
      }
      if (at.segment >= end.segment) {
        if (Number.isFinite(end.offset) && at.offset !== end.offset) throw corrupt(place, 'has lost its last lines')
        return
      }
      if (!isEnded) throw corrupt({ ...place, line: at.line + 1 }, 'is missing: the segment has lost its last lines')
      previous = formatSum(at.sum)
      at = segmentStart({ number: at.segment + 1, after: at.version })
    }
  }

  /** Returns the events after a version, in batches of whole commits, each of up to 1,000 events or one commit. */
  async *batches(version: number): AsyncGenerator<readonly Recorded[], undefined> {
    let batch: Recorded[] = []
    for await (const { line, position } of this.lines(this.#index.before(version))) {
      if (line.type !== 'commit' || position.version <= version) continue
      const events = recordedOf(line, Math.max(line.after, version))
      if (batch.length > 0 && batch.length + events.length > batchLimit) {
        yield batch
        batch = []
      }
      for (const recorded of events) batch.push(recorded)
    }
    if (batch.length > 0) yield batch
  }

  #problemOf(line: LogLine | undefined, at: LogPosition, previous: string | undefined): string | undefined {
    if (line === undefined || (line.type === 'head') !== (at.line === 0)) return 'is not a line of a log'
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

function versionAfter(line: LogLine, version: number): number {
  if (line.type === 'commit') return version + line.events.length
  return line.type === 'first' ? line.first : version
}
