import fc from 'fast-check'
import { apply } from '../../../src/change/apply.ts'
import { dropRow, putRow } from '../../../src/model/state/put-row.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { getRow, idsOf, put } from '../../../src/model/table/table.ts'
import type { Principal } from '../../../src/model/value/principal.ts'
import { arbitraryCommands, arbitraryEvaluationTime, arbitraryState } from '../../../src/testing/index.ts'
import { add } from '../world.ts'

/** Generates states built by commands. Ignores rejected commands. */
export const arbitraryHistory: fc.Arbitrary<State> = arbitraryCommands.map((commands) =>
  commands.reduce((state: State, command) => {
    const applied = apply(command, state)
    return applied.ok ? applied.state : state
  }, emptyState),
)

/** Generates a state, and an instant at which a decision may change. */
export const arbitraryStateAt: fc.Arbitrary<{ readonly state: State; readonly at: number }> = fc
  .oneof({ weight: 3, arbitrary: arbitraryState }, { weight: 1, arbitrary: arbitraryHistory })
  .chain((state) => fc.record({ state: fc.constant(state), at: arbitraryEvaluationTime(state) }))

/** Returns every principal of a state. */
export function everyPrincipal(state: State): Principal[] {
  return [
    ...[...idsOf(state.teams)].map((id): Principal => ({ type: 'team', id })),
    ...[...idsOf(state.virtualAccounts)].map((id): Principal => ({ type: 'virtualAccount', id })),
    ...[...idsOf(state.users)].map((id): Principal => ({ type: 'user', id })),
  ]
}

/** Returns a state without its restrictions. */
export function unrestricted(state: State): State {
  return [...idsOf(state.restrictions)].reduce((soFar, id) => dropRow(soFar, 'restrictions', id), state)
}

/** The id of an alias that no generated state contains. */
export const probe = 'an alias to probe with'

/** Removes the restrictions of a state, and adds the alias `probe`. The group contains the alias by name. */
export function withProbe(state: State, accessGroup: string): State {
  const served = add(unrestricted(state), {
    providerAccounts: [{ id: 'an account to probe with' }],
    modelAliases: [{ id: probe, targets: [{ providerAccount: 'an account to probe with', model: 'm' }] }],
  })
  const group = getRow(served.accessGroups, accessGroup)
  return putRow(served, 'accessGroups', { ...group, aliases: put(group.aliases, probe, true as const) })
}
