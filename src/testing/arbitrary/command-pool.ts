import type { Command } from '../../change/message/command.ts'
import type { PlanCredits } from '../../model/noun/plan.ts'
import { origin } from './window.ts'

/**
 * The ids in generated commands. The ids are few, so that several commands affect the same thing. All are legal, but of
 * kinds that often break software, such as `constructor`.
 */
export const commandPool = {
  organizations: ['acme', '__proto__'],
  users: ['ann', 'constructor', 'a/b'],
  teams: ['dev', '__proto__', '\u{1f469}\u200d\u{1f680}'],
  virtualAccounts: ['bot', 'x'.repeat(256)],
  credentials: ['token', 'constructor', 'a/b', '__proto__'],
  digests: ['0', '1', '2', '3', '4', '5'].map((digit) => digit.repeat(64)),
  providerAccounts: ['openai', '__proto__', 'toString'],
  models: ['gpt-4', 'a/b', '__proto__'],
  modelAliases: ['gpt-4', 'openai/gpt-4', 'constructor', '\u{1f600}'],
  accessGroups: ['gpt-models', 'constructor', 'a.1'],
  restrictions: ['no', '__proto__', 'a/b'],
  plans: ['basic', 'constructor', '__proto__'],
  accessRequests: ['ask', 'constructor', '__proto__', 'a/b'],
} as const

type Unattributed<C> = C extends Command ? Omit<C, 'actor' | 'at'> : never

const [acme, other] = commandPool.organizations
const [openai, proto, any] = commandPool.providerAccounts

/** The scope of the only founding credential whose scope is not `all`. */
const narrowed = { type: 'alias', alias: commandPool.modelAliases[0] } as const

/** The credits of the founding plans: once, none, and in each month. */
const foundingCredits: readonly (PlanCredits | undefined)[] = [
  { amount: '1000' },
  undefined,
  { amount: '1000', period: { every: 'month', timeZone: 'Europe/Berlin' } },
]

const foundingSteps: readonly Unattributed<Command>[] = [
  { type: 'CreateOrganization', organization: acme, entitlement: { type: 'unlimited' } },
  ...commandPool.users.map((user) => ({ type: 'CreateUser', user }) as const),
  ...commandPool.virtualAccounts.map(
    (virtualAccount) => ({ type: 'CreateVirtualAccount', virtualAccount, organization: acme }) as const,
  ),
  { type: 'CreateProviderAccount', providerAccount: openai, models: [...commandPool.models] },
  { type: 'CreateProviderAccount', providerAccount: proto, models: [commandPool.models[0]] },
  { type: 'CreateProviderAccount', providerAccount: any, anyModel: true },
  ...commandPool.modelAliases.map((alias) => {
    const targets = [openai, any].map((providerAccount) => ({ providerAccount, model: commandPool.models[0] }))
    return { type: 'CreateModelAlias', alias, targets } as const
  }),
  ...commandPool.accessGroups.map((accessGroup, i) => {
    const alias = commandPool.modelAliases[i] ?? commandPool.modelAliases[0]
    return { type: 'CreateAccessGroup', accessGroup, members: [{ type: 'alias', alias }] } as const
  }),
  { type: 'CreateOrganization', organization: other, entitlement: { type: 'list', accessGroups: ['gpt-models'] } },
  ...commandPool.plans.map((plan, i) => {
    const credits = foundingCredits[i]
    const offer = credits === undefined ? {} : { credits }
    return { type: 'CreatePlan', plan, accessGroups: [...commandPool.accessGroups], ...offer } as const
  }),
  ...commandPool.teams.map((team, i) => {
    const organization = i === 0 ? acme : other
    return { type: 'CreateTeam', team, organization, accessGroups: ['gpt-models'] } as const
  }),
  ...commandPool.users.flatMap((user, i) =>
    commandPool.teams.map((team, j) => {
      const role = i === j ? 'manager' : 'member'
      const isOutsider = user === 'a/b' && team === 'dev'
      return { type: isOutsider ? 'InviteTeamMember' : 'AddTeamMember', user, team, role } as const
    }),
  ),
  { type: 'AddOrganizationAdmin', organization: acme, admin: { type: 'user', id: 'constructor' } },
  { type: 'AddOrganizationAdmin', organization: other, admin: { type: 'virtualAccount', id: 'bot' } },
  { type: 'AddAdministrator', administrator: { type: 'user', id: 'ann' } },
  ...[
    { owner: { type: 'user', id: 'constructor' }, team: 'dev' } as const,
    { owner: { type: 'team', id: 'dev' } } as const,
    { owner: { type: 'virtualAccount', id: 'bot' } } as const,
    { owner: { type: 'user', id: 'ann' }, scope: { type: 'list', selectors: [narrowed] } } as const,
  ].map((fields, i) => {
    const credential = commandPool.credentials[i] ?? 'token'
    return { type: 'IssueCredential', credential, digest: commandPool.digests[i] ?? '', ...fields } as const
  }),
  ...commandPool.restrictions.slice(1).map((restriction, i) => {
    const selector = { type: 'providerAccount', providerAccount: proto } as const
    const subject = i === 0 ? ({ type: 'team', id: 'dev' } as const) : ({ type: 'organization', id: other } as const)
    return { type: 'CreateRestriction', restriction, subject, selector } as const
  }),
  { type: 'AssignAccessGroup', accessGroup: 'a.1', principal: { type: 'member', team: 'dev', user: 'constructor' } },
  { type: 'AssignAccessGroup', accessGroup: 'a.1', principal: { type: 'organization', id: acme } },
  ...commandPool.providerAccounts.map((providerAccount, i) => {
    const principal = i === 0 ? ({ type: 'team', id: 'dev' } as const) : ({ type: 'user', id: 'a/b' } as const)
    return {
      type: 'GrantRole',
      principal,
      providerAccount,
      role: 'manager',
      expiresAt: origin + 1500 + 500 * i,
    } as const
  }),
]

/**
 * Commands that create everything named in `commandPool`. Any subset is also a valid history, in which some commands
 * are rejected.
 */
export const foundingCommands: readonly Command[] = foundingSteps.map((step) => ({
  ...step,
  actor: { type: 'system' },
  at: origin + 1000,
}))
