import type { ZodError } from 'zod'
import { type AccessGroup, type AccessGroupText, groupMembersOf } from '../noun/access-group.ts'
import type { Model, ProviderAccount, ProviderAccountText } from '../noun/provider-account.ts'
import { buildIndex, type RowLists } from '../state/build-index.ts'
import { checkDigests, checkRows, checkWhole } from '../state/check-state.ts'
import type { StateInvariant, StateViolation } from '../state/invariant.ts'
import { shapeRow } from '../state/shape.ts'
import { type Kind, kinds, type Rows, type State, type Tables } from '../state/state.ts'
import { type Table, tableOf } from '../table/table.ts'
import { freeze } from '../value/freeze.ts'
import { issuesOf } from '../value/issue.ts'
import { type PartPool, withSharedParts } from './part-pool.ts'
import { readRow } from './read-row.ts'
import { type RowText, rowTexts, snapshotSchema } from './snapshot.ts'

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
   * invariants, the row's id replaces the index. In a snapshot in parts, the index of the part comes first.
   */
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** The result of `fromSnapshot` and `fromSnapshotParts`: a state, or up to 100 faults. */
export type Restored =
  | { readonly ok: true; readonly state: State }
  | { readonly ok: false; readonly faults: readonly SnapshotFault[] }

/** The maximum number of faults that a result reports. */
export const faultLimit = 100

/** Returns the result for a snapshot with faults. Reports the first 100. */
export function refused(faults: readonly SnapshotFault[]): Restored {
  return { ok: false, faults: faults.slice(0, faultLimit) }
}

/** Makes the fault of a snapshot with the wrong shape. */
export function invalidAt(path: SnapshotFault['path'], message: string): SnapshotFault {
  return { code: 'snapshot_invalid', path, message }
}

/** Converts a zod error to faults. `path` is the path to the parsed value. */
export function faultsOf(error: ZodError, path: SnapshotFault['path']): SnapshotFault[] {
  return issuesOf(error).map((issue) => invalidAt([...path, ...issue.path], issue.message))
}

/**
 * Returns a `schema_unsupported` fault for a snapshot with a newer schema than this library reads, otherwise
 * `undefined`. `path` is the path to the frame of the snapshot.
 */
export function findLaterSchema(input: unknown, path: SnapshotFault['path']): SnapshotFault | undefined {
  const { format, schema } = (typeof input === 'object' && input !== null ? input : {}) as Record<string, unknown>
  if (format !== 'portcullis' || typeof schema !== 'number' || !(schema > snapshotSchema)) return undefined
  const message = `the snapshot has schema ${schema}, and this version reads up to ${snapshotSchema}; read it with a newer version`
  return { code: 'schema_unsupported', path: [...path, 'schema'], message }
}

/**
 * Reads rows of one kind and adds them to the list `rows`. Adds the faults of invalid rows to the list `faults`, and
 * stops when the list has 100 faults. `path` is the path to the list of inputs. Rows share the parts in `pool`.
 */
export function readRows<K extends Kind>(
  kind: K,
  inputs: readonly unknown[],
  path: SnapshotFault['path'],
  rows: Rows[K][],
  faults: SnapshotFault[],
  pool: PartPool,
): void {
  const schema = rowTexts[kind]
  for (let i = 0; i < inputs.length; i += 1) {
    const read = readRow(kind, inputs[i], pool)
    if (read !== undefined) {
      rows.push(read)
      continue
    }
    const parsed = schema.safeParse(inputs[i])
    if (parsed.success) rows.push(shapeRow(kind, withSharedParts(kind, rowOf(kind, parsed.data as RowText<K>), pool)))
    else faults.push(...faultsOf(parsed.error, [...path, i]))
    if (faults.length >= faultLimit) break
  }
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

/** Builds the state of these rows, or returns the broken invariants as faults. */
export function restoreRows(lists: RowLists, version: number, administrators: State['administrators']): Restored {
  const state = assemble(lists, version, administrators)
  const violations = violationsOf(lists, state)
  if (violations.length === 0) return { ok: true, state }
  return refused(violations.map(({ invariant, path, message }) => ({ code: invariant, path, message })))
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
  for (const kind of kinds) {
    const rows: readonly Rows[Kind][] = lists[kind]
    if ((state[kind] as Table<unknown>).size < rows.length) addUpToLimit(violations, repeatedIds(kind, rows))
    if (violations.length >= faultLimit) return violations
    checkRows(kind, rows as never, state, violations, faultLimit)
    if (violations.length >= faultLimit) return violations
  }
  addUpToLimit(violations, checkDigests(lists.credentials, state))
  addUpToLimit(violations, checkWhole(state))
  return violations
}

function addUpToLimit(violations: StateViolation[], more: Iterable<StateViolation>): void {
  if (violations.length >= faultLimit) return
  for (const violation of more) {
    violations.push(violation)
    if (violations.length >= faultLimit) return
  }
}

function* repeatedIds(kind: Kind, rows: readonly { readonly id: string }[]): IterableIterator<StateViolation> {
  const seen = new Set<string>()
  for (const [i, { id }] of rows.entries()) {
    if (seen.has(id)) yield { invariant: 'ids_unique', path: [kind, i, 'id'], message: `\`${id}\` occurs twice` }
    seen.add(id)
  }
}
