import type { State } from '../../model/state/state.ts'
import type { ManageAllowed, ManageDecision, Power } from '../../policy/decision/decision.ts'
import type { ManageRequest, Thing } from '../../policy/request/request.ts'
import { callerOf, credentialField, type Denial, denial, isDenial, organizationDenial } from './caller.ts'
import { allRows, holdsAt, isActive, rowOf, sorted } from './rows.ts'

/** Returns the reference model's decision on a manage request. The decision has no `until`. */
export function referenceManage(request: ManageRequest, state: State): ManageDecision {
  const answer = answerOf(request, state)
  const known = { ...credentialField(request.who, state), version: state.version }
  return isDenial(answer)
    ? { effect: 'deny', ...answer, ...known }
    : { effect: 'allow', type: 'manage', ...answer, ...known }
}

type Allowance = Pick<ManageAllowed, 'principal' | 'power'>

function answerOf({ who, thing, at }: ManageRequest, state: State): Allowance | Denial {
  const caller = callerOf(who, at, state)
  if (isDenial(caller)) return caller
  const { principal, credential } = caller
  if (principal.type !== 'user') {
    const row = rowOf(state, principal.type === 'team' ? 'teams' : 'virtualAccounts', principal.id)
    const denial = organizationDenial(row?.organization ?? '', state)
    if (denial !== undefined) return denial
  }
  if (credential !== undefined && credential.operations.type !== 'all') {
    return denial(
      'operation_out_of_scope',
      { type: 'credential', id: credential.id },
      { type: 'widen_operations', credential: credential.id, to: 'all' },
    )
  }
  if (credential !== undefined && credential.scope.type !== 'all') {
    return denial(
      'credential_out_of_scope',
      { type: 'credential', id: credential.id },
      { type: 'widen_scope', credential: credential.id, to: 'all' },
    )
  }
  const restrictions = allRows(state, 'restrictions').filter(
    ({ subject, window }) => subject.type === 'credential' && subject.id === credential?.id && holdsAt(window, at),
  )
  if (credential !== undefined && restrictions.length > 0) {
    return denial(
      'management_not_granted',
      { type: 'credential', id: credential.id },
      { type: 'lift_restriction', restrictions: sorted(restrictions.map(({ id }) => id)) },
    )
  }
  if (principal.type !== 'team' && exists(thing, state)) {
    const power = powers.find((candidate) =>
      has[candidate]({ type: principal.type, id: principal.id, team: credential?.team, thing, at, state }),
    )
    if (power !== undefined) return { principal, power }
  }
  const level = principal.type === 'team' ? principal : { type: 'thing' as const, thing, principal }
  return denial('management_not_granted', level, { type: 'ask_administrator' })
}

function exists(thing: Thing, state: State): boolean {
  switch (thing.type) {
    case 'platform':
      return true
    case 'organization':
      return rowOf(state, 'organizations', thing.id) !== undefined
    case 'team':
    case 'teamMembers':
      return rowOf(state, 'teams', thing.id) !== undefined
    case 'virtualAccount':
      return rowOf(state, 'virtualAccounts', thing.id) !== undefined
    case 'providerAccount':
      return rowOf(state, 'providerAccounts', thing.id) !== undefined
    case 'userTokens':
      return rowOf(state, 'users', thing.id) !== undefined
  }
}

interface PowerCheck {
  readonly type: 'user' | 'virtualAccount'
  readonly id: string
  /** The team of the credential. If present, only the owner's membership in this team counts. */
  readonly team: string | undefined
  readonly thing: Thing
  readonly at: number
  readonly state: State
}

const powers: readonly Power[] = ['administrator', 'organizationAdmin', 'providerAccountManager', 'teamManager', 'self']

const has: Record<Power, (check: PowerCheck) => boolean> = {
  administrator: ({ type, id, team, state }) =>
    team === undefined && state.administrators.some((agent) => agent.type === type && agent.id === id),

  organizationAdmin: ({ type, id, team, thing, state }) => {
    if (team !== undefined) return false
    const row = rowOf(state, 'organizations', organizationOf(thing, state) ?? '')
    return row !== undefined && isActive(row) && row.admins.some((agent) => agent.type === type && agent.id === id)
  },

  providerAccountManager: ({ type, id, team, thing, at, state }) => {
    if (thing.type !== 'providerAccount') return false
    const own = team !== undefined ? undefined : rowOf(state, type === 'user' ? 'users' : 'virtualAccounts', id)
    const teams = type === 'user' ? activeTeams(id, state).filter((row) => team === undefined || row.id === team) : []
    return [own, ...teams].some((holder) =>
      holder?.roleGrants.some(
        (grant) =>
          grant.providerAccount === thing.id &&
          grant.role === 'manager' &&
          grant.windows.some((window) => holdsAt(window, at)),
      ),
    )
  },

  teamManager: ({ type, id, team, thing, state }) => {
    if (type !== 'user' || thing.type !== 'teamMembers') return false
    if (team !== undefined && team !== thing.id) return false
    const place = rowOf(state, 'users', id)?.teams.find(({ team }) => team === thing.id)
    return place?.role === 'manager' && activeTeams(id, state).some((team) => team.id === thing.id)
  },

  self: ({ type, id, team, thing }) =>
    team === undefined && type === 'user' && thing.type === 'userTokens' && thing.id === id,
}

function organizationOf(thing: Thing, state: State): string | undefined {
  if (thing.type === 'organization') return thing.id
  if (thing.type === 'team' || thing.type === 'teamMembers') return rowOf(state, 'teams', thing.id)?.organization
  if (thing.type === 'virtualAccount') return rowOf(state, 'virtualAccounts', thing.id)?.organization
  return undefined
}

function activeTeams(user: string, state: State) {
  return (rowOf(state, 'users', user)?.teams ?? []).flatMap(({ team }) => {
    const row = rowOf(state, 'teams', team)
    return row !== undefined && isActive(row) && isActive(rowOf(state, 'organizations', row.organization)) ? [row] : []
  })
}
