import type { ZodError } from 'zod'
import { type AccessGroup, type AccessGroupText, groupMembersOf } from '../noun/access-group.ts'
import type { Model, ProviderAccount, ProviderAccountText } from '../noun/provider-account.ts'
import { buildIndex, type RowLists } from '../state/build-index.ts'
import { checkDigests, checkRow, checkWhole } from '../state/check-state.ts'
import type { StateInvariant, StateViolation } from '../state/invariant.ts'
import { shapeRow } from '../state/shape.ts'
import { type Kind, kinds, type Rows, type State, type Tables } from '../state/state.ts'
import { type Table, tableOf } from '../table/table.ts'
import { freeze } from '../value/freeze.ts'
import { issuesOf } from '../value/issue.ts'
import { PartPool, withSharedParts } from './part-pool.ts'
import { readRow } from './read-row.ts'
import { type RowText, rowTexts, SnapshotFrame, snapshotSchema } from './snapshot.ts'

/**
 * The code of a fault in a snapshot. `snapshot_invalid`: a part has the wrong shape. `schema_unsupported`: the schema
 * version is too new. Any other code is the name of the broken invariant.
 */
export type SnapshotFaultCode = 'snapshot_invalid' | 'schema_unsupported' | StateInvariant

/** One fault in a snapshot. */
export interface SnapshotFault {
  readonly code: SnapshotFaultCode
  /**
   * The path to the fault: the kind of the row, the row's index in the list, then fields of the row. For most broken
   * invariants, the row's id replaces the index.
   */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** The result of `fromSnapshot`: a state, or up to 100 faults. */
export type Restored =
  | { readonly ok: true; readonly state: State }
  | { readonly ok: false; readonly faults: readonly SnapshotFault[] }

/** The maximum number of faults that `fromSnapshot` reports. */
const faultLimit = 100

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
    return refused([{ code: 'snapshot_invalid', path: [], message: 'expected a snapshot that can be read' }])
  }
}

/** Restores a state as `fromSnapshot` does, but does not catch errors that a getter or a proxy in `input` throws. */
function restoreReadable(input: unknown): Restored {
  const later = findLaterSchema(input)
  if (later !== undefined) return refused([later])
  const frame = SnapshotFrame.safeParse(input)
  if (!frame.success) return refused(faultsOf(frame.error, []))
  const faults: SnapshotFault[] = []
  const pool = new PartPool()
  const lists = Object.fromEntries(kinds.map((kind) => [kind, readRows(kind, frame.data[kind], faults, pool)]))
  if (faults.length > 0) return refused(faults)
  const { version, administrators } = frame.data
  const state = assemble(lists as unknown as RowLists, version, administrators)
  const violations = violationsOf(lists as unknown as RowLists, state)
  if (violations.length === 0) return { ok: true, state }
  return refused(violations.map(({ invariant, path, message }) => ({ code: invariant, path, message })))
}

function refused(faults: readonly SnapshotFault[]): Restored {
  return { ok: false, faults: faults.slice(0, faultLimit) }
}

/**
 * Returns a `schema_unsupported` fault for a snapshot with a newer schema than this library reads, otherwise
 * `undefined`.
 */
function findLaterSchema(input: unknown): SnapshotFault | undefined {
  const { format, schema } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  if (format !== 'portcullis' || typeof schema !== 'number' || !(schema > snapshotSchema)) return undefined
  const message = `the snapshot has schema ${schema}, and this version reads up to ${snapshotSchema}; read it with a newer version`
  return { code: 'schema_unsupported', path: ['schema'], message }
}

function faultsOf(error: ZodError, path: SnapshotFault['path']): SnapshotFault[] {
  return issuesOf(error).map((issue) => ({
    code: 'snapshot_invalid',
    path: [...path, ...issue.path],
    message: issue.message,
  }))
}

function readRows<K extends Kind>(
  kind: K,
  inputs: readonly unknown[],
  faults: SnapshotFault[],
  pool: PartPool,
): Rows[K][] {
  const schema = rowTexts[kind]
  const rows: Rows[K][] = []
  for (let i = 0; i < inputs.length; i += 1) {
    const read = readRow(kind, inputs[i], pool)
    if (read !== undefined) {
      rows.push(read)
      continue
    }
    const parsed = schema.safeParse(inputs[i])
    if (parsed.success) rows.push(shapeRow(kind, withSharedParts(kind, rowOf(kind, parsed.data as RowText<K>), pool)))
    else faults.push(...faultsOf(parsed.error, [kind, i]))
    if (faults.length >= faultLimit) break
  }
  return rows
}

function rowOf<K extends Kind>(kind: K, text: RowText<K>): Rows[K] {
  if (kind === 'accessGroups') return groupOf(text as AccessGroupText) as Rows[K]
  if (kind === 'providerAccounts') return accountOf(text as ProviderAccountText) as Rows[K]
  return text as unknown as Rows[K]
}

/**
 * Converts an access group from its form in a snapshot. Splits the list of members into the fields that store members.
 */
function groupOf({ members, ...rest }: AccessGroupText): AccessGroup {
  return { ...rest, ...groupMembersOf(members) }
}

function accountOf(text: ProviderAccountText): ProviderAccount {
  const models: readonly Model[] = text.models
  return {
    ...text,
    models: tableOf(
      models.map(({ id }) => id),
      models,
    ),
  }
}

function assemble(lists: RowLists, version: number, administrators: State['administrators']): State {
  const tables = Object.fromEntries(
    kinds.map((kind) => {
      const rows: readonly { readonly id: string }[] = lists[kind]
      return [
        kind,
        tableOf(
          rows.map(({ id }) => id),
          rows,
        ),
      ]
    }),
  ) as unknown as Tables
  return { ...tables, version, administrators: freeze(administrators), index: buildIndex(lists) }
}

/** Returns the first 100 violations. */
function violationsOf(lists: RowLists, state: State): readonly StateViolation[] {
  const violations: StateViolation[] = []
  for (const violation of eachViolation(lists, state)) {
    violations.push(violation)
    if (violations.length === faultLimit) break
  }
  return violations
}

function* eachViolation(lists: RowLists, state: State): IterableIterator<StateViolation> {
  for (const kind of kinds) {
    const rows: readonly Rows[Kind][] = lists[kind]
    if ((state[kind] as Table<unknown>).size < rows.length) yield* repeatedIds(kind, rows)
    for (const row of rows) {
      const ofRow: StateViolation[] = []
      checkRow(kind, row as never, state, ofRow)
      yield* ofRow
    }
  }
  yield* checkDigests(lists.credentials, state)
  yield* checkWhole(state)
}

function* repeatedIds(kind: Kind, rows: readonly { readonly id: string }[]): IterableIterator<StateViolation> {
  const seen = new Set<string>()
  for (const [i, { id }] of rows.entries()) {
    if (seen.has(id)) yield { invariant: 'ids_unique', path: [kind, i, 'id'], message: `\`${id}\` occurs twice` }
    seen.add(id)
  }
}
