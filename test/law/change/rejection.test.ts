import { describe, expect, test } from 'vitest'
import { type RejectionCode, rejectionCodes } from '../../../src/change/message/rejection.ts'
import type { RequestSubject } from '../../../src/model/noun/access-request.ts'
import type { State } from '../../../src/model/state/state.ts'
import {
  alias,
  by,
  digest,
  office,
  outcome,
  rejected,
  type Step,
  stateAfter,
  team,
  user,
  virtualAccount,
} from './story.ts'

const dev = team('dev')
const bot = virtualAccount('bot')

/** Grants a role in the window with this number. The windows do not touch. */
function grantInWindow(i: number): Step {
  const startsAt = 1_700_000_010_000 + 10 * i
  return { type: 'GrantRole', principal: bot, providerAccount: 'any', role: 'user', startsAt, expiresAt: startsAt + 5 }
}

function ask(request: string, subject: RequestSubject, accessGroup = 'gpt'): Step {
  const wanted = { type: 'accessGroup', id: accessGroup } as const
  return { type: 'RequestAccess', request, subject, wanted, reason: 'a demo', duration: 60_000 }
}

/** The state `office` with the rows that the steps below need. */
const scene: State = stateAfter(
  office,
  { type: 'CreateVirtualAccount', virtualAccount: 'helper', organization: 'globex' },
  { type: 'AddAdministrator', administrator: virtualAccount('helper') },
  { type: 'SuspendOrganization', organization: 'globex' },
  { type: 'SuspendUser', user: 'gus' },
  { type: 'AddOrganizationAdmin', organization: 'globex', admin: bot },
  { type: 'RetireModelAlias', alias: 'gpt-3', successor: 'gpt-4' },
  { type: 'RevokeCredential', credential: 'dev' },
  { type: 'UpdateCredential', credential: 'mia-dev', expiresAt: 1_800_000_000_000 },
  { type: 'CreateTeam', team: 'asleep', organization: 'acme' },
  { type: 'SuspendTeam', team: 'asleep' },
  { type: 'AddModels', providerAccount: 'any', models: ['listed'] },
  { type: 'SuspendModel', providerAccount: 'any', model: 'listed' },
  { type: 'SetTeamPlan', team: 'dev', plan: 'basic' },
  by(user('mia'), ask('ended', { type: 'user', id: 'mia' })),
  { type: 'DenyAccess', request: 'ended' },
  by(user('root'), ask('root', { type: 'user', id: 'root' })),
  {
    type: 'CreateRestriction',
    restriction: 'no',
    subject: dev,
    selector: { type: 'model', providerAccount: 'openai', model: 'gpt-4' },
  },
  ...Array.from({ length: 1000 }, (_, i): Step => ({ type: 'InviteTeamMember', team: 'ops', user: `guest-${i}` })),
  ...Array.from({ length: 1000 }, (_, i) => grantInWindow(i)),
)

const create: Step = { type: 'CreateUser', user: 'new' }

/** By rejection code: a step that is rejected with the code. A missing code is a compile error. */
const steps: Record<RejectionCode, Step | object> = {
  command_invalid: { type: 'CreateUser' },
  actor_unknown: by(user('nix'), create),
  actor_suspended: by(user('gus'), create),
  organization_suspended: by(virtualAccount('helper'), create),
  management_not_granted: by(user('zoe'), create),
  power_exceeded: by(user('olga'), { type: 'RotateCredential', credential: 'bot', digest: digest('e') }),
  suspension_exceeded: by(user('olga'), { type: 'ActivateTeam', team: 'asleep' }),
  access_request_foreign: ask('new', { type: 'user', id: 'mia' }),
  access_request_own: by(user('root'), { type: 'ApproveAccess', request: 'root' }),
  access_request_ended: { type: 'DenyAccess', request: 'ended' },
  entitlement_exceeded: by(user('olga'), { type: 'AssignAccessGroup', accessGroup: 'all', principal: dev }),
  consent_required: by(user('tom'), { type: 'AddTeamMember', team: 'dev', user: 'zoe' }),
  organization_unknown: { type: 'DeleteOrganization', organization: 'nix' },
  user_unknown: { type: 'DeleteUser', user: 'nix' },
  team_unknown: { type: 'DeleteTeam', team: 'nix' },
  virtual_account_unknown: { type: 'DeleteVirtualAccount', virtualAccount: 'nix' },
  credential_unknown: { type: 'RevokeCredential', credential: 'nix' },
  provider_account_unknown: { type: 'DeleteProviderAccount', providerAccount: 'nix' },
  model_unknown: { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-3', 'nix'] },
  model_alias_unknown: { type: 'DeleteModelAlias', alias: 'nix' },
  access_group_unknown: { type: 'DeleteAccessGroup', accessGroup: 'nix' },
  restriction_unknown: { type: 'DeleteRestriction', restriction: 'nix' },
  plan_unknown: { type: 'DeletePlan', plan: 'nix' },
  wallet_unknown: { type: 'AllocateCredits', principal: bot, amount: '1' },
  invitation_unknown: by(user('zoe'), { type: 'AcceptInvitation', team: 'dev', user: 'zoe' }),
  access_request_unknown: { type: 'DenyAccess', request: 'nix' },
  organization_exists: { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
  user_exists: { type: 'CreateUser', user: 'mia' },
  team_exists: { type: 'CreateTeam', team: 'ops', organization: 'acme' },
  virtual_account_exists: { type: 'CreateVirtualAccount', virtualAccount: 'bot', organization: 'acme' },
  credential_exists: { type: 'IssueCredential', credential: 'mia', owner: dev, digest: digest('e') },
  provider_account_exists: { type: 'CreateProviderAccount', providerAccount: 'any' },
  model_alias_exists: { type: 'CreateModelAlias', alias: 'gpt-4', targets: [] },
  access_group_exists: { type: 'CreateAccessGroup', accessGroup: 'gpt', members: [] },
  restriction_exists: {
    type: 'CreateRestriction',
    restriction: 'no',
    subject: { type: 'everyone' },
    selector: alias('gpt-4'),
  },
  plan_exists: { type: 'CreatePlan', plan: 'basic', accessGroups: [] },
  access_request_exists: by(user('mia'), ask('ended', { type: 'user', id: 'mia' })),
  digest_exists: { type: 'IssueCredential', credential: 'n', owner: dev, digest: digest('a') },
  team_member_exists: { type: 'AddTeamMember', team: 'dev', user: 'mia', role: 'manager' },
  team_not_member: { type: 'SetDefaultTeam', user: 'zoe', team: 'dev' },
  credential_revoked: { type: 'RotateCredential', credential: 'dev', digest: digest('e') },
  credential_expired: { type: 'RotateCredential', credential: 'mia-dev', digest: digest('e'), at: 1_800_000_000_000 },
  access_request_unmatched: { type: 'ApproveAccess', request: 'root', accessGroup: 'mini' },
  access_not_grantable: by(user('mia'), ask('new', { type: 'member', team: 'dev', user: 'mia' }, 'all')),
  window_invalid: {
    type: 'AssignAccessGroup',
    accessGroup: 'gpt',
    principal: dev,
    startsAt: 1_700_000_003_000,
    expiresAt: 1_700_000_002_000,
  },
  window_exceeded: by(user('max'), { type: 'GrantRole', principal: dev, providerAccount: 'openai', role: 'user' }),
  invitations_exceeded: { type: 'InviteTeamMember', team: 'ops', user: 'zoe' },
  limit_exceeded: grantInWindow(1000),
  successor_cycle: { type: 'RetireModelAlias', alias: 'gpt-4', successor: 'gpt-3' },
  model_suspended: { type: 'RemoveModels', providerAccount: 'any', models: ['listed'] },
  organization_referenced: { type: 'DeleteOrganization', organization: 'acme' },
  provider_account_referenced: { type: 'DeleteProviderAccount', providerAccount: 'openai' },
  model_referenced: { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-4'] },
  model_alias_referenced: { type: 'DeleteModelAlias', alias: 'gpt-4' },
  plan_referenced: { type: 'DeletePlan', plan: 'basic' },
  last_manager: by(user('max'), {
    type: 'RevokeRole',
    principal: user('max'),
    providerAccount: 'openai',
    role: 'manager',
  }),
  last_administrator: by(user('root'), { type: 'DeleteUser', user: 'root' }),
}

test.each(rejectionCodes)('%s is reachable on its own', (code) => {
  expect(rejected(scene, steps[code]).code).toBe(code)
})

test('a rejection has the path of the field and a message with the next step', () => {
  const lines = rejectionCodes.map((code) => {
    const { path, message } = rejected(scene, steps[code])
    return `${code} at ${path.join('.')}: ${message}`
  })
  expect(lines).toMatchInlineSnapshot(`
    [
      "command_invalid at user: expected a string for \`user\`",
      "actor_unknown at actor.id: user \`nix\` does not exist and cannot act, correct the actor",
      "actor_suspended at actor: user \`gus\` is suspended and cannot act, activate it first",
      "organization_suspended at actor: the organization of virtual account \`helper\` is suspended, activate it first",
      "management_not_granted at actor: user \`zoe\` has no right to this change, ask an administrator",
      "power_exceeded at credential: virtual account \`bot\` may manage more than user \`olga\`, ask an administrator",
      "suspension_exceeded at team: team \`asleep\` was suspended by the platform, ask an administrator",
      "access_request_foreign at actor: a user requests access itself, request it as that user",
      "access_request_own at actor: user \`root\` made access request \`root\` itself, ask another actor to decide it, or withdraw it",
      "access_request_ended at request: access request \`ended\` was denied, make a new request",
      "entitlement_exceeded at accessGroup: organization \`acme\` does not list access group \`all\`, ask an administrator",
      "consent_required at user: user \`zoe\` has to accept first, invite it to the team",
      "organization_unknown at organization: organization \`nix\` does not exist, correct the id or create it first",
      "user_unknown at user: user \`nix\` does not exist, correct the id or create it first",
      "team_unknown at team: team \`nix\` does not exist, correct the id or create it first",
      "virtual_account_unknown at virtualAccount: virtual account \`nix\` does not exist, correct the id or create it first",
      "credential_unknown at credential: credential \`nix\` does not exist, correct the id or create it first",
      "provider_account_unknown at providerAccount: provider account \`nix\` does not exist, correct the id or create it first",
      "model_unknown at models.1: provider account \`openai\` has no model \`nix\`, correct the name or add it first",
      "model_alias_unknown at alias: model alias \`nix\` does not exist, correct the id or create it first",
      "access_group_unknown at accessGroup: access group \`nix\` does not exist, correct the id or create it first",
      "restriction_unknown at restriction: restriction \`nix\` does not exist, correct the id or create it first",
      "plan_unknown at plan: plan \`nix\` does not exist, correct the id or create it first",
      "wallet_unknown at principal: virtual account \`bot\` has no wallet, make it metered first",
      "invitation_unknown at team: user \`zoe\` is not invited to team \`dev\`, ask for an invitation",
      "access_request_unknown at request: access request \`nix\` does not exist, correct the id or create it first",
      "organization_exists at organization: organization \`acme\` exists already, choose another id or update that one",
      "user_exists at user: user \`mia\` exists already, choose another id or update that one",
      "team_exists at team: team \`ops\` exists already, choose another id or update that one",
      "virtual_account_exists at virtualAccount: virtual account \`bot\` exists already, choose another id or update that one",
      "credential_exists at credential: credential \`mia\` exists already, choose another id or update that one",
      "provider_account_exists at providerAccount: provider account \`any\` exists already, choose another id or update that one",
      "model_alias_exists at alias: model alias \`gpt-4\` exists already, choose another id or update that one",
      "access_group_exists at accessGroup: access group \`gpt\` exists already, choose another id or update that one",
      "restriction_exists at restriction: restriction \`no\` exists already, choose another id or update that one",
      "plan_exists at plan: plan \`basic\` exists already, choose another id or update that one",
      "access_request_exists at request: access request \`ended\` exists already, choose another id or update that one",
      "digest_exists at digest: a credential has this digest already, generate a new secret",
      "team_member_exists at role: user \`mia\` is in team \`dev\` as member already, change its role instead",
      "team_not_member at team: user \`zoe\` is not in team \`dev\`, name one of its teams",
      "credential_revoked at credential: credential \`dev\` is revoked for good, issue another one",
      "credential_expired at expiresAt: credential \`mia-dev\` has expired, give the rotation a new \`expiresAt\`",
      "access_request_unmatched at accessGroup: access request \`root\` is for access group \`gpt\`, leave \`accessGroup\` out",
      "window_invalid at expiresAt: the window ends before it starts, expected \`expiresAt\` after \`startsAt\`",
      "window_exceeded at : the role would reach beyond the time in which user \`max\` manages the account, grant it for that time only",
      "invitations_exceeded at team: team \`ops\` has 1000 open invitations, withdraw one first",
      "limit_exceeded at expiresAt: there are 1000 windows that have not ended already, grant one longer window instead",
      "access_not_grantable at wanted: access group \`all\` cannot be granted to user \`mia\` in team \`dev\`, correct the name or ask an administrator",
      "successor_cycle at successor: the successors of \`gpt-4\` would lead back to it, name another successor",
      "model_suspended at models.0: provider account \`any\` serves any model and would serve suspended model \`listed\` again, activate it first or keep it",
      "organization_referenced at organization: organization \`acme\` is still referred to by team \`dev\` and 2 more, change that first or set \`cascade\`",
      "provider_account_referenced at providerAccount: provider account \`openai\` is still referred to by model alias \`gpt-3\` and 3 more, change that first or set \`cascade\`",
      "model_referenced at models.0: model \`openai/gpt-4\` is still referred to by model alias \`gpt-4\` and 1 more, change that first or set \`cascade\`",
      "model_alias_referenced at alias: model alias \`gpt-4\` is still referred to by access group \`gpt\` and 1 more, change that first or set \`cascade\`",
      "plan_referenced at plan: plan \`basic\` is still referred to by team \`dev\`, change that first or set \`cascade\`",
      "last_manager at principal: this would leave no manager of provider account \`openai\`, grant the role to another principal first",
      "last_administrator at user: this would leave no administrator who can act, add another one first",
    ]
  `)
})

test('a rejection has its subject as data', () => {
  expect(rejected(scene, steps.model_alias_referenced).details).toStrictEqual({
    reference: { type: 'modelAlias', id: 'gpt-4' },
    references: [
      { type: 'accessGroup', id: 'gpt' },
      { type: 'modelAlias', id: 'gpt-3' },
    ],
    total: 2,
  })
  expect(rejected(scene, steps.model_unknown).details).toStrictEqual({ reference: { type: 'model', id: 'openai/nix' } })
  expect(rejected(scene, steps.successor_cycle).details).toStrictEqual({ cycle: ['gpt-4', 'gpt-3', 'gpt-4'] })
  expect(rejected(scene, steps.window_invalid).details).toStrictEqual({
    window: { startsAt: 1_700_000_003_000, expiresAt: 1_700_000_002_000 },
  })
})

describe('precedence: with several faults, the reason listed first is the one reported', () => {
  const order = (code: string): number => rejectionCodes.indexOf(code as RejectionCode)

  const faulty: readonly (readonly [Step | object, readonly RejectionCode[]])[] = [
    [{ ...by(user('nix'), create), at: -1 }, ['command_invalid', 'actor_unknown']],
    [
      by(user('gus'), { type: 'DeleteUser', user: 'nix' }),
      ['actor_suspended', 'management_not_granted', 'user_unknown'],
    ],
    [by(user('zoe'), { type: 'CreateUser', user: 'mia' }), ['management_not_granted', 'user_exists']],
    [
      by(user('olga'), { type: 'AssignAccessGroup', accessGroup: 'nix', principal: dev, expiresAt: 1_700_000_000_001 }),
      ['entitlement_exceeded', 'access_group_unknown', 'window_invalid'],
    ],
    [
      { type: 'GrantRole', principal: user('nix'), providerAccount: 'nix', role: 'user', expiresAt: 1_700_000_000_001 },
      ['user_unknown', 'provider_account_unknown', 'window_invalid'],
    ],
    [
      by(user('olga'), {
        type: 'IssueCredential',
        credential: 'mia',
        owner: bot,
        digest: digest('a'),
        expiresAt: 1_700_000_000_001,
      }),
      ['power_exceeded', 'credential_exists', 'digest_exists', 'window_invalid'],
    ],
    [
      {
        type: 'IssueCredential',
        credential: 'n',
        owner: user('zoe'),
        team: 'dev',
        digest: digest('e'),
        expiresAt: 1_700_000_000_001,
      },
      ['team_not_member', 'window_invalid'],
    ],
    [
      { type: 'CreateTeam', team: 'dev', organization: 'nix', plan: 'nix', accessGroups: ['nix'] },
      ['organization_unknown', 'access_group_unknown', 'plan_unknown', 'team_exists'],
    ],
    [
      { type: 'IssueCredential', credential: 'mia', owner: user('zoe'), team: 'nix', digest: digest('a') },
      ['team_unknown', 'credential_exists', 'digest_exists', 'team_not_member'],
    ],
    [
      { type: 'RotateCredential', credential: 'dev', digest: digest('a'), overlapUntil: 1_700_000_000_001 },
      ['digest_exists', 'credential_revoked', 'window_invalid'],
    ],
    [
      { type: 'DeprecateModelAlias', alias: 'gpt-4', successor: 'gpt-3', sunsetAt: 1_700_000_000_001 },
      ['window_invalid', 'successor_cycle'],
    ],
    [
      { type: 'CreateModelAlias', alias: 'gpt-4', targets: [{ providerAccount: 'openai', model: 'nix' }] },
      ['model_unknown', 'model_alias_exists'],
    ],
    [
      { type: 'SetModelAliasTargets', alias: 'nix', targets: [{ providerAccount: 'nix', model: 'nix' }] },
      ['provider_account_unknown', 'model_alias_unknown'],
    ],
    [
      {
        type: 'CreateRestriction',
        restriction: 'no',
        subject: team('nix'),
        selector: alias('nix'),
        expiresAt: 1_700_000_000_001,
      },
      ['team_unknown', 'model_alias_unknown', 'restriction_exists', 'window_invalid'],
    ],
    [
      { type: 'SetAccessGroups', principal: virtualAccount('nix'), accessGroups: ['nix'] },
      ['virtual_account_unknown', 'access_group_unknown'],
    ],
    [{ type: 'UpdatePlan', plan: 'nix', accessGroups: ['nix'] }, ['access_group_unknown', 'plan_unknown']],
  ]
  test.each(faulty)('%j', (step, codes) => {
    expect([...codes].sort((a, b) => order(a) - order(b))).toStrictEqual(codes)
    expect(rejected(scene, step).code).toBe(codes[0])
  })
})

test('a rejection lists at most 1,000 references and counts all of them', () => {
  const teams = Array.from(
    { length: 1200 },
    (_, i): Step => ({ type: 'CreateTeam', team: `t${i}`, organization: 'acme' }),
  )
  const { details } = rejected(stateAfter(office, ...teams), { type: 'DeleteOrganization', organization: 'acme' })
  expect(details.total).toBe(1202)
  expect(details.references).toHaveLength(1000)
  expect(outcome(office, { type: 'DeleteOrganization', organization: 'acme', cascade: true })).toBe('accepted')
})
