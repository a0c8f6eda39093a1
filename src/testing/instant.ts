import type { State } from '../model/state/state.ts'
import { rowsOf } from '../model/table/table.ts'
import type { Window } from '../model/value/window.ts'

/** Every instant in a state at which something may begin or end, in order: whatever decides by time decides at one of these. */
export function instantsOf(state: State): readonly number[] {
  const holders = [...rowsOf(state.users), ...rowsOf(state.teams), ...rowsOf(state.virtualAccounts)]
  const windows: Window[] = [
    ...holders.flatMap((row) => [...row.accessGroups, ...row.roleGrants].flatMap((held) => held.windows)),
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
