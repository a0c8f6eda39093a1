import type { Command } from '../../../../src/change/message/command.ts'
import type { State } from '../../../../src/model/state/state.ts'
import type { Usage } from '../../../../src/query/lint/context/usage.ts'
import type { FindingCode, FindingSubject } from '../../../../src/query/lint/finding.ts'
import {
  acme,
  alias,
  aliases,
  createGroup,
  credential,
  day,
  digestOf,
  enact,
  noon,
  route,
  type Step,
  team,
  user,
  virtualAccount,
} from '../../document/world.ts'

/**
 * A state without findings, based on the model-access-group guide. It has one group per provider, and a team with a
 * wallet and a member.
 */
export const cleanState: State = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
  createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet'),
  {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    name: 'Production',
    accessGroups: ['gpt-models', 'claude-models'],
    credits: '1000',
  },
  { type: 'CreateUser', user: 'ann' },
  { type: 'AddTeamMember', team: 'acme-prod', user: 'ann', role: 'manager' },
)

/** A state to lint. Default instant: noon. */
export interface CaseInput {
  readonly state: State
  readonly at?: number
  readonly usage?: Usage
}

/**
 * A test case for a finding code. `found` is a state with the finding, and the types of the commands that fix the
 * finding. `nearly` is a similar state without the finding.
 */
export interface Case {
  readonly found: CaseInput & { readonly subject: FindingSubject; readonly fix: readonly Command['type'][] | undefined }
  readonly nearly: CaseInput
}

const after = (...steps: readonly Step[]): State => enact(cleanState, ...steps)
const prod = team('acme-prod')
const later = noon + 100 * day
const adminOf = (id: string) =>
  ({ type: 'AddOrganizationAdmin', organization: 'org_acme', admin: { type: 'user', id } }) as const
const accessAsked: Step = {
  type: 'RequestAccess',
  actor: { type: 'user', id: 'ann' },
  request: 'ask',
  subject: { type: 'member', team: 'acme-prod', user: 'ann' },
  wanted: { type: 'accessGroup', id: 'gpt-models' },
  reason: 'a demo',
  duration: 3_600_000,
}
const assignment = (accessGroup: string, principal: ReturnType<typeof team | typeof user> = prod) =>
  ({ type: 'assignment', principal, accessGroup }) as const
const role = (principal: ReturnType<typeof team | typeof virtualAccount>, name: 'manager' | 'user') =>
  ({ type: 'roleGrant', principal, providerAccount: 'openai', role: name }) as const
const grant = (
  principal: ReturnType<typeof team | typeof virtualAccount | typeof user>,
  name: 'manager' | 'user',
  ends = {},
): Step => ({
  type: 'GrantRole',
  principal,
  providerAccount: 'openai',
  role: name,
  ...ends,
})
const bot: Step = { type: 'CreateVirtualAccount', virtualAccount: 'bot', organization: 'org_acme' }
const deny = (restriction: string, fields: Partial<Extract<Step, { type: 'CreateRestriction' }>> = {}): Step => ({
  type: 'CreateRestriction',
  restriction,
  subject: prod,
  selector: alias('gpt-4'),
  ...fields,
})
const deprecate = (id: string, successor?: string): Step => ({
  type: 'DeprecateModelAlias',
  alias: id,
  sunsetAt: noon + 30 * day,
  ...(successor === undefined ? {} : { successor }),
})
const member = (accessGroup: string, id: string) => ({ type: 'accessGroupMember', accessGroup, alias: id }) as const
const suspendAnthropic: Step = { type: 'SuspendProviderAccount', providerAccount: 'anthropic' }
const token: Step = {
  type: 'IssueCredential',
  credential: 'token',
  owner: user('ann'),
  digest: digestOf('secret'),
  expiresAt: noon + day,
}

const narrowed = (id: string): Step => ({
  type: 'IssueCredential',
  credential: 'narrow',
  owner: user('ann'),
  digest: digestOf('narrow'),
  scope: { type: 'list', selectors: [alias(id)] },
})
const everything: readonly Step[] = [
  { type: 'CreateAccessGroup', accessGroup: 'all-models', members: [{ type: 'allAliases' }] },
  { type: 'AssignAccessGroup', accessGroup: 'all-models', principal: prod },
]
const dev = (accessGroups: readonly string[]): Step => ({
  type: 'CreateTeam',
  organization: 'org_acme',
  team: 'acme-dev',
  accessGroups: [...accessGroups],
})

const asked = (model: string, who: Usage['entries'][number]['who'] = prod): Usage['entries'][number] => ({
  who,
  model,
  at: later - day,
  effect: 'allow',
})
const log = (...entries: Usage['entries']): Usage => ({ since: noon, entries })
const everyGroup = ['gpt-4', 'claude-3-opus'].map((model) => asked(model))
const refused = (count: number): Usage => ({
  since: noon,
  entries: [
    ...everyGroup,
    { who: prod, model: 'gpt-4-turbo', at: later - day, effect: 'deny', reason: 'model_not_granted', count },
  ],
})
const bundles = after(
  createGroup('premium-models', 'More than is requested', 'gpt-4-turbo', 'gemini-pro'),
  createGroup('turbo-models', 'Fast models', 'gpt-4-turbo'),
  {
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-dev',
    accessGroups: ['premium-models', 'turbo-models'],
  },
)

/** A test case for every finding code. A missing code is a compile error. */
export const cases: { readonly [C in FindingCode]: Case } = {
  model_alias_unserved: {
    found: {
      state: after(suspendAnthropic, deny('no', { selector: alias('claude-3-opus') })),
      subject: { type: 'modelAlias', id: 'claude-3-opus' },
      fix: ['RemoveAccessGroupMembers', 'RetireModelAlias', 'DeleteRestriction'],
    },
    nearly: {
      state: enact(
        cleanState,
        ...['claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'].map(
          (id): Step => ({
            type: 'SetModelAliasTargets',
            alias: id,
            targets: [route('anthropic', 'claude-3-opus-20240229'), route('openai', 'gpt-4')],
          }),
        ),
        suspendAnthropic,
      ),
    },
  },
  model_alias_retiring: {
    found: {
      state: after(deprecate('gpt-4', 'gpt-4-turbo')),
      at: noon + 23 * day,
      subject: { type: 'modelAlias', id: 'gpt-4' },
      fix: undefined,
    },
    nearly: { state: after(deprecate('gpt-4', 'gpt-4-turbo')), at: noon + 23 * day - 1 },
  },
  model_hidden: {
    found: {
      state: after(grant(prod, 'user'), {
        type: 'CreateModelAlias',
        alias: 'openai/gpt-4',
        targets: [route('openai', 'gpt-3.5-turbo')],
      }),
      subject: { type: 'modelAlias', id: 'openai/gpt-4' },
      fix: undefined,
    },
    nearly: {
      state: after(grant(prod, 'user'), {
        type: 'CreateModelAlias',
        alias: 'openai/gpt-4',
        targets: [route('openai', 'gpt-3.5-turbo'), route('openai', 'gpt-4')],
      }),
    },
  },
  access_group_unserved: {
    found: {
      state: after(suspendAnthropic),
      subject: { type: 'accessGroup', id: 'claude-models' },
      fix: ['DeleteAccessGroup'],
    },
    nearly: {
      state: after(
        { type: 'AddAccessGroupMembers', accessGroup: 'claude-models', members: aliases('gemini-pro') },
        suspendAnthropic,
      ),
    },
  },
  access_group_unheld: {
    found: {
      state: after(createGroup('gemini-models', 'Google Gemini models', 'gemini-pro'), {
        type: 'CreateOrganization',
        organization: 'org_trial',
        entitlement: { type: 'list', accessGroups: ['gemini-models'] },
      }),
      subject: { type: 'accessGroup', id: 'gemini-models' },
      fix: ['DeleteAccessGroup'],
    },
    nearly: {
      state: after(createGroup('gemini-models', 'Google Gemini models', 'gemini-pro'), {
        type: 'CreatePlan',
        plan: 'multi-provider',
        accessGroups: ['gemini-models'],
      }),
    },
  },
  access_group_member_retired: {
    found: {
      state: after(deprecate('gpt-4')),
      at: noon + 30 * day,
      subject: member('gpt-models', 'gpt-4'),
      fix: ['RemoveAccessGroupMembers'],
    },
    nearly: { state: after(deprecate('gpt-4')), at: noon + 30 * day - 1 },
  },
  access_group_member_deprecated: {
    found: { state: after(deprecate('gpt-4')), subject: member('gpt-models', 'gpt-4'), fix: undefined },
    nearly: { state: after(deprecate('gpt-4-turbo')) },
  },
  access_group_successor_missing: {
    found: {
      state: after(deprecate('gpt-4', 'gpt-4-turbo')),
      subject: member('gpt-models', 'gpt-4'),
      fix: ['AddAccessGroupMembers'],
    },
    nearly: { state: after(deprecate('gpt-4', 'gpt-3.5-turbo')) },
  },
  assignment_ended: {
    found: {
      state: after({
        type: 'AssignAccessGroup',
        accessGroup: 'gpt-models',
        principal: user('ann'),
        expiresAt: noon + day,
      }),
      at: noon + day,
      subject: assignment('gpt-models', user('ann')),
      fix: ['UnassignAccessGroup'],
    },
    nearly: {
      state: enact(
        cleanState,
        { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: user('ann'), expiresAt: noon + day },
        { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: user('ann'), startsAt: noon + 9 * day },
      ),
      at: noon + day,
    },
  },
  assignment_ending: {
    found: {
      state: after({
        type: 'AssignAccessGroup',
        accessGroup: 'gpt-models',
        principal: user('ann'),
        expiresAt: noon + 7 * day,
      }),
      subject: assignment('gpt-models', user('ann')),
      fix: undefined,
    },
    nearly: {
      state: after(
        { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: user('ann'), expiresAt: noon + day },
        {
          type: 'AssignAccessGroup',
          accessGroup: 'gpt-models',
          principal: user('ann'),
          startsAt: noon + day,
          expiresAt: noon + 8 * day,
        },
      ),
    },
  },
  assignment_shadowed: {
    found: {
      state: after({
        type: 'UpdateOrganization',
        organization: 'org_acme',
        entitlement: { type: 'list', accessGroups: ['claude-models'] },
      }),
      subject: assignment('gpt-models'),
      fix: ['UnassignAccessGroup', 'DeleteAccessGroup'],
    },
    nearly: {
      state: after({
        type: 'UpdateOrganization',
        organization: 'org_acme',
        entitlement: { type: 'list', accessGroups: ['claude-models', 'gpt-models'] },
      }),
    },
  },
  assignment_redundant: {
    found: {
      state: after(createGroup('chat-models', 'Optimized for conversation', 'gpt-4', 'gpt-3.5-turbo', 'gemini-pro'), {
        type: 'AssignAccessGroup',
        accessGroup: 'chat-models',
        principal: prod,
      }),
      subject: assignment('gpt-models'),
      fix: ['UnassignAccessGroup', 'DeleteAccessGroup'],
    },
    nearly: {
      state: after(createGroup('chat-models', 'Optimized for conversation', 'gpt-4', 'gpt-3.5-turbo', 'gemini-pro'), {
        type: 'AssignAccessGroup',
        accessGroup: 'chat-models',
        principal: prod,
        expiresAt: noon + day,
      }),
    },
  },
  role_ended: {
    found: {
      state: after(grant(prod, 'user', { expiresAt: noon + day })),
      at: noon + day,
      subject: role(prod, 'user'),
      fix: ['RevokeRole'],
    },
    nearly: { state: after(grant(prod, 'user', { expiresAt: noon + day })), at: noon + day - 1 },
  },
  role_ending: {
    found: {
      state: after(grant(prod, 'user', { expiresAt: noon + day })),
      subject: { type: 'roleGrant', principal: prod, providerAccount: 'openai' },
      fix: undefined,
    },
    nearly: { state: after(grant(prod, 'user', { expiresAt: noon + day }), grant(prod, 'manager')) },
  },
  role_redundant: {
    found: {
      state: after(grant(prod, 'manager'), grant(prod, 'user')),
      subject: role(prod, 'user'),
      fix: ['RevokeRole'],
    },
    nearly: { state: after(grant(prod, 'manager', { expiresAt: noon + day }), grant(prod, 'user')) },
  },
  manager_role_excessive: {
    found: {
      state: after(grant(prod, 'manager', { expiresAt: noon + day }), { type: 'SuspendUser', user: 'ann' }),
      subject: role(prod, 'manager'),
      fix: ['GrantRole', 'RevokeRole'],
    },
    nearly: { state: after(grant(prod, 'manager')) },
  },
  manager_role_discouraged: {
    found: {
      state: after(bot, grant(virtualAccount('bot'), 'manager')),
      subject: role(virtualAccount('bot'), 'manager'),
      fix: undefined,
    },
    nearly: { state: after(bot, grant(virtualAccount('bot'), 'user')) },
  },
  role_giver_powerless: {
    found: {
      state: after(
        grant(user('ann'), 'manager', { expiresAt: noon + day }),
        { ...grant(prod, 'user', { expiresAt: noon + day }), actor: user('ann') } as Step,
        { type: 'RevokeRole', principal: user('ann'), providerAccount: 'openai', role: 'manager' },
      ),
      subject: role(prod, 'user'),
      fix: undefined,
    },
    nearly: {
      state: after(grant(user('ann'), 'manager', { expiresAt: noon + day }), {
        ...grant(prod, 'user', { expiresAt: noon + day }),
        actor: user('ann'),
      } as Command),
    },
  },
  wallet_unspendable: {
    found: {
      state: after({ type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev', credits: '1000' }),
      subject: team('acme-dev'),
      fix: ['SuspendTeam'],
    },
    nearly: {
      state: after(
        { type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev', credits: '1000' },
        {
          type: 'GrantRole',
          principal: team('acme-dev'),
          providerAccount: 'openai',
          role: 'user',
          startsAt: noon + day,
        },
        deny('for now', {
          subject: team('acme-dev'),
          selector: { type: 'pattern', pattern: '*' },
          expiresAt: later,
        }),
      ),
    },
  },
  restriction_ended: {
    found: {
      state: after(deny('no', { expiresAt: noon + day })),
      at: noon + day,
      subject: { type: 'restriction', id: 'no' },
      fix: ['DeleteRestriction'],
    },
    nearly: { state: after(deny('no', { startsAt: noon + day })) },
  },
  restriction_idle: {
    found: {
      state: after(deny('no', { selector: { type: 'pattern', pattern: 'gpt-5*' } })),
      subject: { type: 'restriction', id: 'no' },
      fix: ['DeleteRestriction'],
    },
    // A suspended account can be activated again, and then the restriction has to apply.
    nearly: { state: after(deny('no', { selector: alias('claude-3-opus') }), suspendAnthropic) },
  },
  restriction_redundant: {
    found: {
      state: after(deny('no'), deny('never', { subject: { type: 'organization', id: 'org_acme' } })),
      subject: { type: 'restriction', id: 'no' },
      fix: ['DeleteRestriction'],
    },
    nearly: {
      state: after(deny('no'), deny('never', { subject: { type: 'organization', id: 'org_acme' }, expiresAt: later })),
    },
  },
  restriction_bypassed: {
    found: {
      state: after(deny('no'), grant(prod, 'user')),
      subject: { type: 'restriction', id: 'no' },
      fix: undefined,
    },
    nearly: {
      state: after(
        deny('no', { selector: { type: 'model', providerAccount: 'openai', model: 'gpt-4' } }),
        grant(prod, 'user'),
      ),
    },
  },
  credential_expired: {
    found: { state: after(token), at: noon + day, subject: credential('token'), fix: ['RevokeCredential'] },
    nearly: { state: after(token, { type: 'RevokeCredential', credential: 'token' }), at: noon + day },
  },
  credential_expiring: {
    found: { state: after(token), subject: credential('token'), fix: undefined },
    nearly: { state: after(token, { type: 'SuspendCredential', credential: 'token' }) },
  },
  credential_scope_idle: {
    found: { state: after(narrowed('gemini-pro')), subject: credential('narrow'), fix: undefined },
    // The owner has the model later.
    nearly: {
      state: after(narrowed('gemini-pro'), createGroup('gemini-models', 'Google Gemini models', 'gemini-pro'), {
        type: 'AssignAccessGroup',
        accessGroup: 'gemini-models',
        principal: prod,
        startsAt: noon + day,
      }),
    },
  },
  access_request_undecidable: {
    found: { state: after(adminOf('ann'), accessAsked), subject: { type: 'accessRequest', id: 'ask' }, fix: undefined },
    // Another admin may deny the request, although it may assign nothing under an unlimited entitlement.
    nearly: {
      state: after(adminOf('ann'), accessAsked, { type: 'CreateUser', user: 'bob' }, adminOf('bob')),
    },
  },
  access_universal: {
    found: {
      state: after(...everything, dev(['all-models'])),
      subject: { type: 'organization', id: 'org_acme' },
      fix: undefined,
    },
    nearly: { state: after(...everything, dev(['gpt-models'])) },
  },
  name_ambiguous: {
    found: {
      state: after({ at: noon + 1, type: 'CreateModelAlias', alias: 'GPT-4', targets: [route('openai', 'gpt-4')] }),
      subject: { type: 'modelAlias', id: 'GPT-4' },
      fix: ['DeleteModelAlias'],
    },
    nearly: { state: after({ type: 'CreateModelAlias', alias: 'gpt-4.1', targets: [route('openai', 'gpt-4')] }) },
  },
  access_group_name_unclear: {
    found: {
      state: after(createGroup('new-group1', 'For a test', 'gemini-pro', 'gemini-1.5-pro'), {
        type: 'AssignAccessGroup',
        accessGroup: 'new-group1',
        principal: prod,
        expiresAt: noon + 8 * day,
      }),
      subject: { type: 'accessGroup', id: 'new-group1' },
      fix: ['CreateAccessGroup', 'AssignAccessGroup', 'DeleteAccessGroup'],
    },
    nearly: {
      state: after(createGroup('gemini-group1', 'For a test', 'gemini-pro', 'gemini-1.5-pro'), {
        type: 'AssignAccessGroup',
        accessGroup: 'gemini-group1',
        principal: prod,
      }),
    },
  },
  access_group_name_inconsistent: {
    found: {
      state: after(
        createGroup('tier-basic', 'Cheap', 'gemini-pro'),
        createGroup('pro-models', 'Dear', 'gemini-1.5-pro'),
        { type: 'CreatePlan', plan: 'pro', accessGroups: ['tier-basic', 'pro-models'] },
      ),
      subject: { type: 'accessGroup', id: 'pro-models' },
      fix: ['CreateAccessGroup', 'UpdatePlan', 'DeleteAccessGroup'],
    },
    nearly: {
      state: after(
        createGroup('basic-models', 'Cheap', 'gemini-pro'),
        createGroup('pro-models', 'Dear', 'gemini-1.5-pro'),
        { type: 'CreatePlan', plan: 'pro', accessGroups: ['basic-models', 'pro-models'] },
      ),
    },
  },
  assignment_unused: {
    found: {
      state: cleanState,
      at: later,
      usage: log(asked('claude-3-opus')),
      subject: assignment('gpt-models'),
      fix: ['UnassignAccessGroup', 'DeleteAccessGroup'],
    },
    // A call of a member that names no team counts as use by the team.
    nearly: { state: cleanState, at: later, usage: log(asked('claude-3-opus'), asked('gpt-4', user('ann'))) },
  },
  role_unused: {
    found: {
      state: after(grant(prod, 'user')),
      at: later,
      usage: log(asked('claude-3-opus')),
      subject: { type: 'roleGrant', principal: prod, providerAccount: 'openai' },
      fix: ['RevokeRole'],
    },
    // Without `manages`, no manager role counts as unused.
    nearly: { state: after(grant(prod, 'manager')), at: later, usage: log(asked('claude-3-opus')) },
  },
  access_group_unused: {
    found: {
      state: cleanState,
      at: later,
      usage: log(asked('claude-3-opus')),
      subject: { type: 'accessGroup', id: 'gpt-models' },
      fix: ['DeleteAccessGroup'],
    },
    nearly: { state: cleanState, at: later, usage: { ...log(asked('claude-3-opus')), since: later - 89 * day } },
  },
  model_refused: {
    found: {
      state: bundles,
      at: later,
      usage: refused(3),
      subject: { type: 'refusal', principal: prod, model: 'gpt-4-turbo' },
      fix: ['AssignAccessGroup'],
    },
    nearly: { state: bundles, at: later, usage: refused(2) },
  },
}
