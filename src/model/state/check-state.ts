import type { Credential } from '../noun/credential.ts'
import { findSuccessor } from '../noun/model-alias.ts'
import { entries, findRow, rowsOf, type Table } from '../table/table.ts'
import type { InvariantName, Violation } from './invariant.ts'
import { digestsOf } from './link.ts'
import { hasPrincipal, type Report, rowChecks } from './row-invariant.ts'
import { type Kind, kinds, type Rows, type State } from './state.ts'

/** Every place where a state breaks an invariant; none for a state that only `apply` and snapshots have made. */
export function checkState(state: State): readonly Violation[] {
  const violations: Violation[] = []
  for (const kind of kinds) {
    const rows: Iterable<[string, Rows[Kind]]> = entries(state[kind] as Table<Rows[Kind]>)
    for (const [id, row] of rows) {
      checkRow(kind, row, state, violations)
      if (row.id !== id)
        violations.push({ invariant: 'ids_unique', path: [kind, id], message: `the row says \`${row.id}\`` })
    }
  }
  return [...violations, ...checkDigests([...rowsOf(state.credentials)], state), ...checkWhole(state)]
}

/** Checks one row against the state that it is in. */
export function checkRow<K extends Kind>(kind: K, row: Rows[K], state: State, violations: Violation[]): void {
  const report: Report = (invariant, path, message) => {
    violations.push({ invariant, path: [kind, row.id, ...path], message })
  }
  rowChecks[kind](row, state, report)
}

/** Checks that every digest of these credentials, which are all there are, is one credential's: then there are as many. */
export function checkDigests(credentials: readonly Credential[], state: State): readonly Violation[] {
  let count = 0
  for (const { previous } of credentials) count += 1 + previous.length
  return count === state.index.digests.size ? [] : repeatedDigests(credentials)
}

function repeatedDigests(credentials: readonly Credential[]): Violation[] {
  const violations: Violation[] = []
  const seen = new Set<string>()
  for (const credential of credentials) {
    for (const digest of digestsOf(credential)) {
      const path = ['credentials', credential.id, digest === credential.digest ? 'digest' : 'previous']
      const message = 'one of its digests is there twice'
      if (seen.has(digest)) violations.push({ invariant: 'digests_unique', path, message })
      seen.add(digest)
    }
  }
  return violations
}

/** Checks what no single row shows: administrators, and chains of successors. */
export function checkWhole(state: State): readonly Violation[] {
  const violations: Violation[] = []
  const seen = new Map<string, Set<string>>()
  state.administrators.forEach((agent, i) => {
    const path = ['administrators', i]
    if (!hasPrincipal(state, agent)) {
      violations.push({ invariant: 'references_exist', path, message: `there is no ${agent.type} \`${agent.id}\`` })
    }
    const ids = seen.get(agent.type) ?? new Set<string>()
    if (ids.has(agent.id))
      violations.push({ invariant: 'entries_distinct', path, message: `\`${agent.id}\` is there twice` })
    seen.set(agent.type, ids.add(agent.id))
  })
  return [...violations, ...successorCycles(state)]
}

/** One violation for each alias on a cycle of successors. Every alias is walked over once. */
function* successorCycles(state: State): IterableIterator<Violation> {
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
      const invariant: InvariantName = 'successors_end'
      const message = `following successors from \`${next}\` comes back to it`
      yield { invariant, path: ['modelAliases', next, 'lifecycle', 'successor'], message }
    }
  }
}
