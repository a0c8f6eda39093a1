import type { RowLists } from '../state/build-index.ts'
import { type Kind, kinds, type Rows } from '../state/state.ts'
import { quote } from '../value/quote.ts'
import { PartPool } from './part-pool.ts'
import {
  faultLimit,
  faultsOf,
  findLaterSchema,
  invalidAt,
  type Restored,
  readRows,
  refused,
  restoreRows,
  type SnapshotFault,
} from './restore.ts'
import { PartsFrame } from './snapshot.ts'

/**
 * Restores the state that `snapshotParts` converted. The first part must be the frame; the others may come in any order
 * and any size. Each part is parsed as it arrives, so that only rows stay in memory. Strict as `fromSnapshot`, and
 * missing or surplus rows are faults too. The path of each fault starts with the index of the part. Accepts any value
 * and never throws.
 */
export function fromSnapshotParts(parts: Iterable<string>): Restored {
  try {
    return restoreReadable(parts)
  } catch {
    return refused([invalidAt([], 'expected the parts of a snapshot, which can be read')])
  }
}

/** The rows and faults of the parts that have been read. */
interface Progress {
  readonly frame: PartsFrame
  readonly lists: { readonly [K in Kind]: Rows[K][] }
  /** For each kind, the number of rows that have been read, invalid ones included. */
  readonly counts: { [K in Kind]: number }
  /** The parts with rows, in order. `first` is the index of the part's first row in the list of its kind. */
  readonly segments: { readonly part: number; readonly kind: Kind; readonly first: number }[]
  readonly faults: SnapshotFault[]
  /** The parts that rows share. */
  readonly pool: PartPool
}

/** Restores a state as `fromSnapshotParts` does, but does not catch errors that the iterable throws. */
function restoreReadable(parts: Iterable<unknown>): Restored {
  let progress: Progress | undefined
  let index = 0
  for (const text of parts) {
    const part = parsePart(text)
    if (part === undefined)
      return refused([...(progress?.faults ?? []), invalidAt([index], 'expected a string of JSON')])
    if (progress === undefined) {
      const started = readFrame(part.value)
      if ('ok' in started) return started
      progress = started
    } else readPart(index, part.value, progress)
    if (progress.faults.length >= faultLimit) break
    index += 1
  }
  if (progress === undefined) return refused([invalidAt([], 'expected the frame of the snapshot as the first part')])
  if (progress.faults.length === 0) findMissingRows(progress)
  if (progress.faults.length > 0) return refused(progress.faults)
  const { lists, frame } = progress
  const restored = restoreRows(lists as RowLists, frame.version, frame.administrators)
  return restored.ok ? restored : refused(restored.faults.map((fault) => inPart(fault, progress)))
}

/** Parses the JSON of a part. Returns `undefined` for a value that is not a string of JSON. */
function parsePart(text: unknown): { readonly value: unknown } | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function readFrame(value: unknown): Progress | Restored {
  const later = findLaterSchema(value, [0])
  if (later !== undefined) return refused([later])
  const frame = PartsFrame.safeParse(value)
  if (!frame.success) return refused(faultsOf(frame.error, [0]))
  return {
    frame: frame.data,
    lists: Object.fromEntries(kinds.map((kind) => [kind, []])) as unknown as Progress['lists'],
    counts: Object.fromEntries(kinds.map((kind) => [kind, 0])) as Progress['counts'],
    segments: [],
    faults: [],
    pool: new PartPool(),
  }
}

/** Adds the rows of a part to the progress, or its faults. */
function readPart(part: number, value: unknown, progress: Progress): void {
  const { frame, lists, counts, segments, faults, pool } = progress
  const [kind, rows, fault] = rowsOfPart(part, value)
  if (kind === undefined) {
    faults.push(fault)
    return
  }
  counts[kind] += rows.length
  const expected = frame.rowCounts[kind]
  if (counts[kind] > expected) {
    faults.push(invalidAt([part, kind], `expected at most ${expected} rows of this kind in all parts`))
    return
  }
  segments.push({ part, kind, first: lists[kind].length })
  readRows(kind, rows, [part, kind], lists[kind] as never[], faults, pool)
}

type RowsOfPart =
  | readonly [kind: Kind, rows: readonly unknown[]]
  | readonly [kind: undefined, rows: undefined, fault: SnapshotFault]

/** Returns the kind and the rows of a part, or the fault of a value that is not an object with a single list of rows. */
function rowsOfPart(part: number, value: unknown): RowsOfPart {
  const refuse = (fault: SnapshotFault): RowsOfPart => [undefined, undefined, fault]
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return refuse(invalidAt([part], 'expected an object'))
  }
  const keys = Object.keys(value)
  const unknownKey = keys.find((key) => !isKind(key))
  if (unknownKey !== undefined) {
    return refuse(invalidAt([part, unknownKey], `unknown key ${quote(unknownKey)}, leave it out or correct it`))
  }
  const [kind, ...others] = keys.filter(isKind)
  if (kind === undefined || others.length > 0) {
    return refuse(invalidAt([part], 'expected the rows of a single kind, as in `{ "users": […] }`'))
  }
  const rows: unknown = Reflect.get(value, kind)
  if (!Array.isArray(rows) || rows.length === 0) {
    return refuse(invalidAt([part, kind], `expected a list of at least one row for ${quote(kind)}`))
  }
  return [kind, rows]
}

function isKind(key: string): key is Kind {
  return (kinds as readonly string[]).includes(key)
}

/** Adds a fault for each kind with fewer rows than the frame counts. */
function findMissingRows({ frame, counts, faults }: Progress): void {
  for (const kind of kinds) {
    const expected = frame.rowCounts[kind]
    if (counts[kind] === expected) continue
    faults.push(invalidAt([0, 'rowCounts', kind], `expected ${expected} rows in all parts, found ${counts[kind]}`))
  }
}

/** Adds the index of the part to the path of a broken invariant, and counts the index of a row from the part's start. */
function inPart(fault: SnapshotFault, { lists, segments }: Progress): SnapshotFault {
  const [field, key, ...rest] = fault.path
  const kind = kinds.find((one) => one === field)
  if (kind === undefined) return { ...fault, path: [0, ...fault.path] }
  const rows: readonly { readonly id: string }[] = lists[kind]
  const row = typeof key === 'number' ? key : rows.findIndex(({ id }) => id === key)
  const segment = segments.findLast((one) => one.kind === kind && one.first <= row)
  const { part, first } = segment ?? { part: 0, first: 0 }
  return { ...fault, path: [part, kind, typeof key === 'number' ? key - first : (key ?? ''), ...rest] }
}
