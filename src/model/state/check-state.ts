import type { Credential } from '../noun/credential.ts'
import { findSuccessor } from '../noun/model-alias.ts'
import { entries, findRow, rowsOf, type Table } from '../table/table.ts'
import type { StateInvariant, StateViolation } from './invariant.ts'
import { digestsOf } from './link.ts'
import { hasPrincipal, type Report, rowChecks } from './row-invariant.ts'
import { type Kind, kinds, type Rows, type State } from './state.ts'

/** Returns every violation of an invariant in a state. A state from `apply` or `fromSnapshot` has no violations. */
export function checkState(state: State): readonly StateViolation[] {
  const violations: StateViolation[] = []
  for (const kind of kinds) {
    const table = state[kind] as Table<Rows[Kind]>
    checkRows(kind, rowsOf(table), state, violations)
    for (const [id, row] of entries(table)) {
      if (row.id !== id)
        violations.push({
          invariant: 'ids_unique',
          path: [kind, id],
          message: `the row under this id has id \`${row.id}\``,
        })
    }
  }
  return [...violations, ...checkDigests([...rowsOf(state.credentials)], state), ...checkWhole(state)]
}

/**
 * Checks rows of a state, and adds each violation found to the list `violations`. Stops after the row with which the list
 * has `limit` violations.
 */
export function checkRows<K extends Kind>(
  kind: K,
  rows: Iterable<Rows[K]>,
  state: State,
  violations: StateViolation[],
  limit: number = Number.POSITIVE_INFINITY,
): void {
  const check = rowChecks[kind]
  let id = ''
  const report: Report = (invariant, path, message) => {
    violations.push({ invariant, path: [kind, id, ...path], message })
  }
  for (const row of rows) {
    id = row.id
    check(row, state, report)
    if (violations.length >= limit) return
  }
}

/**
 * Returns the violations of the invariant `digests_unique` among all credentials. Compares two numbers first: no digest
 * is repeated if the index has as many digests as all credentials together.
 */
export function checkDigests(credentials: readonly Credential[], state: State): Iterable<StateViolation> {
  let count = 0
  for (const { previous } of credentials) count += 1 + previous.length
  return count === state.index.digests.size ? [] : repeatedDigests(credentials)
}

function* repeatedDigests(credentials: readonly Credential[]): IterableIterator<StateViolation> {
  const seen = new Set<string>()
  for (const credential of credentials) {
    for (const digest of digestsOf(credential)) {
      const path = ['credentials', credential.id, digest === credential.digest ? 'digest' : 'previous']
      const message = 'one of its digests occurs twice'
      if (seen.has(digest)) yield { invariant: 'digests_unique', path, message }
      seen.add(digest)
    }
  }
}

/**
 * Returns the violations that checks of single rows cannot find: faults in the list of administrators, and cycles of
 * alias successors.
 */
export function* checkWhole(state: State): IterableIterator<StateViolation> {
  const seen = new Map<string, Set<string>>()
  for (const [i, agent] of state.administrators.entries()) {
    const path = ['administrators', i]
    if (!hasPrincipal(state, agent)) {
      yield { invariant: 'references_exist', path, message: `${agent.type} \`${agent.id}\` does not exist` }
    }
    const ids = seen.get(agent.type) ?? new Set<string>()
    if (ids.has(agent.id)) yield { invariant: 'entries_distinct', path, message: `\`${agent.id}\` occurs twice` }
    seen.set(agent.type, ids.add(agent.id))
  }
  yield* successorCycles(state)
}

/** Yields one violation for each cycle of alias successors. Visits each alias once. */
function* successorCycles(state: State): IterableIterator<StateViolation> {
  const walked = new Set<string>()
  for (const start of rowsOf(state.modelAliases)) {
    const path = new Set<string>()
    let next: string | undefined = findSuccessor(start) === undefined ? undefined : start.id
    while (next !== undefined && !walked.has(next)) {
      walked.add(next)
      path.add(next)
      const alias = findRow(state.modelAliases, next)
      next = alias === undefined ? undefined : findSuccessor(alias)
    }
    if (next !== undefined && path.has(next)) {
      const invariant: StateInvariant = 'successors_end'
      const message = `following successors from \`${next}\` leads back to it`
      yield { invariant, path: ['modelAliases', next, 'lifecycle', 'successor'], message }
    }
  }
}
