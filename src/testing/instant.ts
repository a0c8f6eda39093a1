import type { State } from '../model/state/state.ts'
import { rowsOf } from '../model/table/table.ts'
import type { Window } from '../model/value/window.ts'

/** Returns every instant at which a decision on a state may change, in order: window bounds, expiries and sunsets. */
export function instantsOf(state: State): readonly number[] {
  const holders = [...rowsOf(state.users), ...rowsOf(state.teams), ...rowsOf(state.virtualAccounts)]
  const assigned = [...rowsOf(state.organizations), ...[...rowsOf(state.users)].flatMap((user) => user.teams)]
  const windows: Window[] = [
    ...holders.flatMap((row) => [...row.accessGroups, ...row.roleGrants].flatMap((held) => held.windows)),
    ...assigned.flatMap((row) => row.accessGroups.flatMap((held) => held.windows)),
    ...[...rowsOf(state.restrictions)].map((row) => row.window),
    ...[...rowsOf(state.credentials)].flatMap((row) => [row, ...row.previous]).map(({ expiresAt }) => ({ expiresAt })),
    ...[...rowsOf(state.modelAliases)].map(({ lifecycle }) =>
      'sunsetAt' in lifecycle ? { expiresAt: lifecycle.sunsetAt } : {},
    ),
  ]
  const instants = windows
    .flatMap(({ startsAt, expiresAt }) => [startsAt, expiresAt])
    .filter((instant) => instant !== undefined)
  return [...new Set(instants)].sort((a, b) => a - b)
}
