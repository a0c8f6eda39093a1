import type { RowLists } from '../state/build-index.ts'
import { type Kind, kinds, type Rows } from '../state/state.ts'
import { PartPool } from './part-pool.ts'
import {
  faultsOf,
  findLaterSchema,
  invalidAt,
  type Restored,
  readRows,
  refused,
  restoreRows,
  type SnapshotFault,
} from './restore.ts'
import { SnapshotFrame } from './snapshot.ts'

/**
 * Restores the state that a snapshot describes. Strict: a single unknown key, malformed row or broken invariant makes
 * the whole snapshot invalid, and each fault has a path. Accepts any value and never throws.
 *
 * @example
 * const restored = fromSnapshot(JSON.parse(text))
 * if (!restored.ok) for (const { path, message } of restored.faults) console.log(path.join('.'), message)
 */
export function fromSnapshot(input: unknown): Restored {
  try {
    return restoreReadable(input)
  } catch {
    return refused([invalidAt([], 'expected a snapshot that can be read')])
  }
}

/** Restores a state as `fromSnapshot` does, but does not catch errors that a getter or a proxy in `input` throws. */
function restoreReadable(input: unknown): Restored {
  const later = findLaterSchema(input, [])
  if (later !== undefined) return refused([later])
  const frame = SnapshotFrame.safeParse(input)
  if (!frame.success) return refused(faultsOf(frame.error, []))
  const faults: SnapshotFault[] = []
  const pool = new PartPool()
  const lists = Object.fromEntries(
    kinds.map((kind) => {
      const rows: Rows[Kind][] = []
      readRows(kind, frame.data[kind], [kind], rows as never[], faults, pool)
      return [kind, rows]
    }),
  ) as unknown as RowLists
  return faults.length > 0 ? refused(faults) : restoreRows(lists, frame.data.version, frame.data.administrators)
}
