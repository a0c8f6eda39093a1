import { fileStart, type LinePosition } from '../file/checked-line.ts'
import type { SegmentId } from '../layout.ts'

/** A place between two lines of the log. */
export interface LogPosition extends LinePosition {
  /** The number of the segment. */
  readonly segment: number
  /** The version of the log at this place. */
  readonly version: number
}

/** Returns the place before the first line of a segment. */
export function segmentStart({ number, after }: SegmentId): LogPosition {
  return { ...fileStart, segment: number, version: after }
}

/** The number of bytes between two remembered places of a segment. */
const distance = 1 << 16

/**
 * The places of versions in the segments of a log: the start of each segment, and one place for every 64 kB that was
 * read or written. Takes about 100 bytes of memory for each place.
 */
export class LogIndex {
  readonly #segments: { readonly id: SegmentId; readonly places: LogPosition[] }[] = []
  /** The end of the log on disk: everything before it is synced. */
  end: LogPosition

  constructor(segments: readonly SegmentId[], end: LogPosition) {
    this.end = end
    for (const id of segments) this.add(id)
  }

  /** Adds the next segment. */
  add(id: SegmentId): void {
    this.#segments.push({ id, places: [segmentStart(id)] })
  }

  /** Returns a segment by its number. */
  segment(number: number): SegmentId | undefined {
    return this.#segments[number - 1]?.id
  }

  /** Remembers a place, unless a place close before it is known. */
  remember(position: LogPosition): void {
    const places = this.#segments[position.segment - 1]?.places ?? []
    const last = places.at(-1)
    const isLast = last !== undefined && last.offset <= position.offset
    const next = isLast ? places.length : countUpTo(places, position.offset, ({ offset }) => offset)
    const before = places[next - 1]
    if (before !== undefined && position.offset >= before.offset + distance) places.splice(next, 0, position)
  }

  /** Returns the last known place with a version up to `version`. All events with later versions come after it. */
  before(version: number): LogPosition {
    const segment = this.#segments[countUpTo(this.#segments, version, ({ id }) => id.after) - 1] ?? this.#segments[0]
    const places = segment?.places ?? []
    return places[countUpTo(places, version, (place) => place.version) - 1] ?? segmentStart({ number: 1, after: 0 })
  }
}

/** Returns how many items of a sorted list have a value up to `limit`. */
function countUpTo<T>(items: readonly T[], limit: number, versionOf: (item: T) => number): number {
  let low = 0
  let high = items.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (versionOf(items[middle] as T) <= limit) low = middle + 1
    else high = middle
  }
  return low
}
