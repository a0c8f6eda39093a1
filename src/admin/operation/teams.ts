import * as z from 'zod'
import * as group from '../../change/message/command/access-group.ts'
import * as invitation from '../../change/message/command/invitation.ts'
import * as command from '../../change/message/command/team.ts'
import { membershipIn } from '../../model/noun/user.ts'
import { related } from '../../model/table/relation.ts'
import { describeTeam } from '../../query/view/directory/describe-team.ts'
import { teamResponse } from '../../query/view/directory/saas-api-response.ts'
import type { CommandBody } from '../../runtime/execute/execute-request.ts'
import { sha256 } from '../../runtime/sha256.ts'
import { type AdminCall, answered, ownedBy } from '../admin-call.ts'
import { Amount, balanceOf } from '../credits.ts'
import {
  AnswerAt,
  type Change,
  commandOperation,
  holderOperation,
  type Operation,
  queryOperation,
} from '../operation.ts'
import { pageBody, pageParameters, pageSchema } from '../page.ts'
import { readBody } from '../read-fields.ts'
import { CreatedTeamBody, InvitationBody, TeamBody, TeamMemberBody, TeamSummaryBody } from '../schema/directory.ts'
import { toWire, wirePath } from '../wire.ts'

const CreateBody = z.strictObject({
  organization_id: z.string(),
  team_id: z.string(),
  team_alias: z.string().optional(),
  access_groups: z.array(z.string()).max(10_000).optional(),
  credits_allocated: Amount.optional(),
  plan_id: z.string().optional(),
  metered: z.boolean().optional(),
  virtual_key: z.boolean().optional(),
})
const UpdateBody = z.strictObject({
  team_alias: z.string().nullable().optional(),
  access_groups: z.array(z.string()).max(10_000).optional(),
  plan_id: z.string().nullable().optional(),
  metered: z.boolean().optional(),
})

function fieldOf(path: readonly (string | number)[]): string | undefined {
  const [first, ...rest] = path
  if (first === 'name') return 'team_alias'
  return first === 'credits' ? 'credits_allocated' : wirePath(first === undefined ? [] : [first, ...rest])
}

/** Returns a team with the fields of the SaaS LiteLLM API, and what an operator needs beside them. */
async function teamBody(id: string, call: AdminCall) {
  const details = answered(call.engine.read((state, at) => describeTeam(id, state, { at })))
  const { plan, status, inactive, assigned, payer, roles, ineffective, models, createdAt } = details
  const incarnation = payer.type === 'wallet' ? payer.wallet.incarnation : undefined
  // The answer to a change that was made must not fail for the ledger.
  const credits =
    incarnation === undefined ? undefined : await balanceOf({ type: 'team', id, incarnation }, call).catch(() => null)
  const more = {
    plan,
    status,
    inactive,
    roles,
    ineffective,
    models,
    createdAt,
    metered: payer.type === 'wallet',
    credits,
  }
  return {
    ...teamResponse(details),
    ...(toWire(more) as object),
    assigned_access_groups: assigned.accessGroups.map((one) => one.accessGroup),
  }
}

/** Returns the id of a team's first key: the same for a retry, and one that no other user can guess and take. */
const keyId = (command: string): string => `virtual-key-${sha256(command).slice(0, 16)}`

/** Returns a new team with its virtual key. A retry completes a creation that ended before the key was issued. */
async function createdTeam(call: AdminCall, change: Change) {
  const { team_id: id, virtual_key: wantsKey = true, credits_allocated } = readBody(CreateBody, call.body)
  const team = await teamBody(id, call)
  const allocated = credits_allocated === undefined ? {} : { credits_allocated }
  if (!wantsKey) return { ...team, ...allocated }
  const credential = keyId(call.commandId ?? crypto.randomUUID())
  const request = { credential, owner: { type: 'team', id }, name: 'virtual key' } as const
  const key = call.commandId === undefined ? {} : { id: `${call.commandId}:key` }
  const { who, caller } = call
  const issued = await call.engine.issueToken(request, { who, caller, ...key })
  // A version after that of another writer's change would hide the change from `If-Match`.
  const isNext = 'version' in issued && issued.version === change.version + 1
  const version = isNext ? issued.version : change.version
  if (issued.ok)
    return new AnswerAt(version, { ...team, ...allocated, token_id: credential, virtual_key: issued.token })
  const reason = issued.reason === 'rejected' ? issued.rejection.code : issued.reason
  const more = { token_id: credential, virtual_key: null, virtual_key_reason: reason }
  return new AnswerAt(version, { ...team, ...allocated, ...more })
}

/** Returns the id of the team in the path, which who manages its members may read. */
function readableTeam(call: AdminCall): string {
  const id = call.param('team_id')
  if (!call.mayManage({ type: 'teamMembers', id })) call.require({ type: 'team', id }, 'team_id')
  return id
}

function listMembers(call: AdminCall): unknown {
  const team = readableTeam(call)
  const { index, users } = call.state
  const { rows, next } = call.pageOf([...related(index.teamMembers, team)].sort(), users)
  const members = rows.map(({ id: user, teams }) => {
    const { role, accessGroups } = membershipIn(teams, team) ?? {}
    return toWire({ user, role, accessGroups })
  })
  return pageBody('members', members, next)
}

/** The operations on teams. `create`, `PUT` and `GET` are those of the SaaS LiteLLM API. */
export const teamOperations: readonly Operation[] = [
  {
    kind: 'command',
    method: 'POST',
    path: '/teams/create',
    id: 'createTeam',
    summary: 'Creates a team with its virtual key, which is shown once',
    body: { schema: CreateBody },
    commands: ({ body }) => {
      const { organization_id, team_id, team_alias, access_groups, credits_allocated, plan_id, metered } = readBody(
        CreateBody,
        body,
      )
      return [
        {
          ...{ type: 'CreateTeam', team: team_id, organization: organization_id },
          ...(team_alias === undefined ? {} : { name: team_alias }),
          ...(access_groups === undefined ? {} : { accessGroups: access_groups }),
          ...(credits_allocated === undefined ? {} : { credits: credits_allocated }),
          ...(plan_id === undefined ? {} : { plan: plan_id }),
          ...(metered === undefined ? {} : { metered }),
        } as CommandBody,
      ]
    },
    response: CreatedTeamBody,
    answer: createdTeam,
    shown: ({ body }) => ({ type: 'team', id: readBody(CreateBody, body).team_id }),
    fieldOf,
  },
  {
    kind: 'command',
    method: 'PUT',
    path: '/teams/{team_id}',
    id: 'updateTeam',
    summary: 'Changes the given fields of a team as one change. `access_groups` replaces the assigned groups',
    body: { schema: UpdateBody },
    commands: ({ body, params }) => {
      const { team_alias, access_groups, plan_id, metered } = readBody(UpdateBody, body)
      const team = params['team_id'] ?? ''
      const commands: CommandBody[] = []
      if (plan_id !== undefined) commands.push({ type: 'SetTeamPlan', team, plan: plan_id })
      if (access_groups !== undefined)
        commands.push({ type: 'SetAccessGroups', principal: { type: 'team', id: team }, accessGroups: access_groups })
      if (team_alias !== undefined || metered !== undefined || commands.length === 0)
        commands.push({
          ...{ type: 'UpdateTeam' as const, team },
          ...(team_alias === undefined ? {} : { name: team_alias }),
          ...(metered === undefined ? {} : { metered }),
        })
      return commands
    },
    response: TeamBody,
    answer: (call) => teamBody(call.param('team_id'), call),
    shown: (call) => ({ type: 'team', id: call.param('team_id') }),
    fieldOf,
  },
  queryOperation(
    'GET /teams/{team_id}',
    'getTeam',
    'Returns a team, its models and its credits',
    (call) => teamBody(readableTeam(call), call),
    TeamBody,
  ),
  queryOperation(
    'GET /teams',
    'listTeams',
    'Lists the teams that the caller manages',
    (call) => {
      const organization = call.query.get('organization_id')
      const { rows, next } = call.page(
        call.state.teams,
        (team) => {
          if (organization !== null && team.organization !== organization) return false
          return call.mayManage({ type: 'team', id: team.id }) || call.mayManage({ type: 'teamMembers', id: team.id })
        },
        () => [...call.teams(), ...ownedBy(call.state.index.organizationTeams, call)],
      )
      const teams = rows.map(({ id, organization: of, name, status, plan }) => ({
        ...{ organization_id: of, team_id: id, team_alias: name ?? null, status },
        ...(plan === undefined ? {} : { plan_id: plan }),
      }))
      return pageBody('teams', teams, next)
    },
    pageSchema('teams', TeamSummaryBody),
    { query: [{ name: 'organization_id', description: 'Only the teams of this organization.' }, ...pageParameters] },
  ),
  commandOperation('POST /teams/{team_id}/suspend', command.SuspendTeam, 'Suspends a team'),
  commandOperation('POST /teams/{team_id}/activate', command.ActivateTeam, 'Activates a team'),
  commandOperation('DELETE /teams/{team_id}', command.DeleteTeam, 'Deletes a team'),
  queryOperation(
    'GET /teams/{team_id}/members',
    'listTeamMembers',
    'Lists the members with their roles and the access groups of their memberships',
    listMembers,
    pageSchema('members', TeamMemberBody),
    { query: pageParameters },
  ),
  commandOperation('POST /teams/{team_id}/members', command.AddTeamMember, 'Adds a member'),
  commandOperation('PUT /teams/{team_id}/members/{user_id}', command.ChangeTeamMemberRole, "Changes a member's role"),
  commandOperation('DELETE /teams/{team_id}/members/{user_id}', command.RemoveTeamMember, 'Removes a member'),
  commandOperation('POST /teams/{team_id}/invitations', invitation.InviteTeamMember, 'Invites a user'),
  commandOperation(
    'DELETE /teams/{team_id}/invitations/{user_id}',
    invitation.WithdrawInvitation,
    'Withdraws an invitation',
  ),
  queryOperation(
    'GET /teams/{team_id}/invitations',
    'listTeamInvitations',
    'Lists the open invitations',
    (call) => {
      const id = call.param('team_id')
      call.require({ type: 'teamMembers', id }, 'team_id')
      const details = answered(describeTeam(id, call.state, { at: call.at }))
      return { invitations: toWire(details.invitations) }
    },
    z.strictObject({ invitations: z.array(InvitationBody) }),
  ),
  holderOperation('team', group.SetAccessGroups),
]
