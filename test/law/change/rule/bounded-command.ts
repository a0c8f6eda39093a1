import fc from 'fast-check'
import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow, getRow } from '../../../../src/model/table/table.ts'
import type { Agent, Principal } from '../../../../src/model/value/principal.ts'
import type { UseRequest, Who } from '../../../../src/policy/request/request.ts'
import { arbitraryEvaluationTime } from '../../../../src/testing/arbitrary/request.ts'
import { arbitraryState, rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { digest } from '../story.ts'

type Body = Command extends infer C ? (C extends Command ? Omit<C, 'actor' | 'at'> : never) : never

/** Returns every user and virtual account of a state that is not an administrator. */
function boundedAgents(state: State): Agent[] {
  const agents: Agent[] = [
    ...rowsIn(state, 'users').map(({ id }) => ({ type: 'user' as const, id })),
    ...rowsIn(state, 'virtualAccounts').map(({ id }) => ({ type: 'virtualAccount' as const, id })),
  ]
  return agents.filter((agent) => !state.administrators.some(({ type, id }) => type === agent.type && id === agent.id))
}

/** Returns the organizations that a user is in a team of, which are those to which the user has consented. */
export function organizationsOf(user: string, state: State): Set<string> {
  const teams = findRow(state.users, user)?.teams ?? []
  return new Set(teams.flatMap(({ team }) => findRow(state.teams, team)?.organization ?? []))
}

/**
 * Generates the commands that an actor other than an administrator may be able to give, about things of a state. Every
 * window of a command has no end, or ends far in the future.
 */
function arbitraryBoundedBody(state: State): fc.Arbitrary<Body> {
  const one = (kind: 'users' | 'teams' | 'virtualAccounts' | 'organizations' | 'providerAccounts' | 'accessGroups') =>
    fc.constantFrom('ghost', ...rowsIn(state, kind).map(({ id }) => id))
  const [user, team, account] = [one('users'), one('teams'), one('providerAccounts')]
  const credentials = rowsIn(state, 'credentials').map(({ id }) => id)
  const principal = fc.oneof(
    user.map((id): Principal => ({ type: 'user', id })),
    team.map((id): Principal => ({ type: 'team', id })),
    one('virtualAccounts').map((id): Principal => ({ type: 'virtualAccount', id })),
  )
  const body = <T extends Command['type']>(
    type: T,
    fields: Readonly<Record<string, fc.Arbitrary<unknown>>>,
    weight = 1,
  ) => ({ weight, arbitrary: fc.record({ type: fc.constant(type), ...fields }) as unknown as fc.Arbitrary<Body> })
  const role = fc.constantFrom('member', 'manager')
  const model = fc.constantFrom(
    ...rowsIn(state, 'modelAliases').flatMap(({ targets }) => targets.map((one) => one.model)),
    'new',
  )
  return fc.oneof(
    body('AddTeamMember', { user, team, role }, 8),
    body('InviteTeamMember', { user, team, role }, 2),
    body('WithdrawInvitation', { user, team }),
    body('AcceptInvitation', { user, team }, 2),
    body('RemoveTeamMember', { user, team }, 2),
    body('ChangeTeamMemberRole', { user, team, role }),
    body('CreateTeam', { team: fc.constant('a new team'), organization: one('organizations') }),
    body('SuspendTeam', { team }),
    body('ActivateTeam', { team }),
    body('DeleteTeam', { team }),
    body('GrantRole', { principal, providerAccount: account, role: fc.constantFrom('user', 'manager') }, 8),
    body('RevokeRole', { principal, providerAccount: account, role: fc.constantFrom('user', 'manager') }),
    body('AddModels', { providerAccount: account, models: fc.tuple(model) }),
    body('RemoveModels', { providerAccount: account, models: fc.tuple(model) }),
    body('SuspendModel', { providerAccount: account, model }),
    body('ActivateModel', { providerAccount: account, model }),
    body('AssignAccessGroup', { principal, accessGroup: one('accessGroups') }, 8),
    body('UnassignAccessGroup', { principal, accessGroup: one('accessGroups') }),
    body('IssueCredential', {
      credential: fc.constant('a new key'),
      owner: principal,
      digest: fc.constant(digest('e')),
    }),
    ...(credentials.length === 0 ? [] : [body('RevokeCredential', { credential: fc.constantFrom(...credentials) })]),
  )
}

/** A state, commands of bounded actors, each for this state, and an instant at which to ask for decisions. */
interface BoundedGiven {
  readonly state: State
  readonly commands: readonly Command[]
  readonly at: number
}

/** Generates a state, commands of bounded actors, each for this state, and an instant at which to ask for decisions. */
export const arbitraryBoundedGiven: fc.Arbitrary<BoundedGiven> = arbitraryState
  .filter((state) => boundedAgents(state).length > 0)
  .chain((state) =>
    fc.record({
      state: fc.constant(state),
      at: arbitraryEvaluationTime(state),
      commands: fc.array(
        fc
          .tuple(fc.constantFrom(...boundedAgents(state)), arbitraryEvaluationTime(state), arbitraryBoundedBody(state))
          .map(([actor, now, body]) => ({ ...body, actor, at: now }) as Command),
        { minLength: 10, maxLength: 10 },
      ),
    }),
  )

/** Returns a user's requests for a model: by itself and by each of its tokens, for no team and for each of its teams. */
export function requestsOf(user: string, model: string, at: number, state: State): UseRequest[] {
  const tokens = rowsIn(state, 'credentials').filter(({ owner }) => owner.type === 'user' && owner.id === user)
  const callers: Who[] = [{ type: 'user', id: user }, ...tokens.map(({ id }): Who => ({ type: 'credential', id }))]
  const teams = [undefined, ...getRow(state.users, user).teams.map(({ team }) => team)]
  return callers.flatMap((who) =>
    teams.map((team): UseRequest => ({ type: 'use', who, model, at, ...(team === undefined ? {} : { team }) })),
  )
}
