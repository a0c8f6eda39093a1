import type { Command } from '../../../src/change/message/command.ts'
import type { Agent, Holder, Principal } from '../../../src/model/value/principal.ts'
import type { Selector } from '../../../src/model/value/selector.ts'
import type { Random } from '../../bench/random.ts'

/** The first instant of a story. Windows start and end at multiples of `tick` after it. */
export const start = 1_700_000_000_000
export const tick = 1000

/** The ids of the world. Few, so that commands meet often, and deleted rows are made again under the same id. */
export const ids = {
  organizations: ['org-a', 'org-b'],
  users: ['user-0', 'user-1', 'user-2', 'user-3', 'user-4', 'user-5'],
  teams: ['team-a1', 'team-a2', 'team-b1', 'team-b2', 'team-x'],
  virtualAccounts: ['bot-a', 'bot-b', 'bot-x'],
  credentials: ['key-0', 'key-1', 'key-2', 'key-3', 'key-4', 'key-5', 'key-6', 'key-7'],
  providerAccounts: ['prov-p', 'prov-q'],
  aliases: ['fast', 'large', 'prov-p/m-1', 'both'],
  accessGroups: ['some', 'most', 'every'],
  plans: ['basic', 'paid'],
  restrictions: ['deny-0', 'deny-1', 'deny-2', 'deny-3'],
  models: ['m-1', 'm-2', 'm-3'],
  requests: ['ask-0', 'ask-1', 'ask-2', 'ask-3', 'ask-4', 'ask-5'],
} as const

/** The digests of the world, reused after a deletion. */
const digests = Array.from({ length: 14 }, (_, i) => i.toString(16).repeat(64))

export type Body = Readonly<Record<string, unknown>> & { readonly type: Command['type'] }

/** Draws commands about the ids of the world. */
export class CommandSource {
  readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  one(kind: keyof typeof ids): string {
    return this.random.pick<string>(ids[kind])
  }

  /** One of these values with a probability, otherwise an absent field. */
  maybe(probability: number, field: string, value: () => unknown): Record<string, unknown> {
    return this.random.chance(probability) ? { [field]: value() } : {}
  }

  instant(low = 1, high = 30): number {
    return start + this.random.between(low, high) * tick
  }

  principal(): Principal {
    const kind = this.random.pick(['user', 'user', 'team', 'team', 'virtualAccount'] as const)
    return { type: kind, id: this.one(`${kind}s`) }
  }

  agent(): Agent {
    const kind = this.random.pick(['user', 'user', 'virtualAccount'] as const)
    return { type: kind, id: this.one(`${kind}s`) }
  }

  holder(): Holder {
    const { random } = this
    if (random.chance(0.2)) return { type: 'member', team: this.one('teams'), user: this.one('users') }
    return random.chance(0.3) ? { type: 'organization', id: this.one('organizations') } : this.principal()
  }

  selector(): Selector {
    const { random } = this
    const target = { providerAccount: this.one('providerAccounts'), model: this.one('models') }
    return random.pick<Selector>([
      { type: 'alias', alias: this.one('aliases') },
      { type: 'alias', alias: this.one('aliases') },
      { type: 'model', ...target },
      { type: 'providerAccount', providerAccount: target.providerAccount },
      { type: 'pattern', pattern: random.pick(['*', 'fast', 'prov-p/*', 'PROV-Q/M-1*', '*m-1', 'l*', '*/m-2']) },
    ])
  }

  window(): Record<string, unknown> {
    return {
      ...this.maybe(0.25, 'startsAt', () => this.instant(0, 14)),
      ...this.maybe(0.35, 'expiresAt', () => this.instant(15, 40)),
    }
  }

  /** The fields that narrow or end a credential. */
  limits(): Record<string, unknown> {
    const { random } = this
    const list = () => ({ type: 'list', selectors: [this.selector(), this.selector()].slice(random.below(2)) })
    const operations = () => ({ type: 'list', operations: random.sample(['chat', 'embeddings'], random.below(3)) })
    return {
      ...this.maybe(0.4, 'scope', () => (random.chance(0.8) ? list() : { type: 'all' })),
      ...this.maybe(0.2, 'operations', () => (random.chance(0.7) ? operations() : { type: 'all' })),
      ...this.maybe(0.3, 'expiresAt', () => this.instant(5, 60)),
    }
  }

  groups(): string[] {
    return this.random.sample<string>(ids.accessGroups, this.random.below(3))
  }

  body(types: readonly Command['type'][]): Body {
    const type = this.random.pick(types)
    return { type, ...fieldsOf[type]?.(this) }
  }
}

type Fields = (from: CommandSource) => Record<string, unknown>

const place: Fields = (from) => ({ team: from.one('teams'), user: from.one('users') })
const role: Fields = (from) => from.maybe(0.5, 'role', () => from.random.pick(['member', 'manager']))
const teamOnly: Fields = (from) => ({ team: from.one('teams') })
const accountOnly: Fields = (from) => ({ virtualAccount: from.one('virtualAccounts') })
const credentialOnly: Fields = (from) => ({ credential: from.one('credentials') })
const provider: Fields = (from) => ({ providerAccount: from.one('providerAccounts') })
const oneModel: Fields = (from) => ({ ...provider(from), model: from.one('models') })
const grant: Fields = (from) => ({
  principal: from.principal(),
  ...provider(from),
  role: from.random.pick(['manager', 'user']),
})
const assignment: Fields = (from) => ({ accessGroup: from.one('accessGroups'), principal: from.holder() })
const requestOnly: Fields = (from) => ({ request: from.one('requests') })
const durations = [60_000, 3_600_000]
const targets: Fields = (from) => ({
  targets: Array.from({ length: from.random.below(3) }, () => oneModel(from)),
})

/** For each command type, a function that draws its fields. */
const fieldsOf: { readonly [T in Command['type']]?: Fields } = {
  CreateTeam: (from) => ({
    ...teamOnly(from),
    organization: from.one('organizations'),
    ...from.maybe(0.5, 'accessGroups', () => from.groups()),
    ...from.maybe(0.2, 'plan', () => from.one('plans')),
    ...from.maybe(0.3, 'metered', () => from.random.chance(0.5)),
  }),
  CreateVirtualAccount: (from) => ({
    ...accountOnly(from),
    organization: from.one('organizations'),
    ...from.maybe(0.5, 'accessGroups', () => from.groups()),
    ...from.maybe(0.3, 'metered', () => from.random.chance(0.5)),
  }),
  UpdateTeam: (from) => ({
    ...teamOnly(from),
    ...from.maybe(0.6, 'metered', () => from.random.chance(0.5)),
    name: 'n',
  }),
  UpdateUser: (from) => ({ user: from.one('users'), metered: from.random.chance(0.5) }),
  UpdateVirtualAccount: (from) => ({ ...accountOnly(from), metered: from.random.chance(0.5) }),
  UpdateOrganization: (from) => ({
    organization: from.one('organizations'),
    entitlement: from.random.chance(0.4) ? { type: 'unlimited' } : { type: 'list', accessGroups: from.groups() },
  }),
  UpdateProviderAccount: (from) => ({
    ...provider(from),
    name: from.random.pick(['n', 'o']),
    ...from.maybe(0.2, 'anyModel', () => from.random.chance(0.5)),
  }),
  AddOrganizationAdmin: (from) => ({ organization: from.one('organizations'), admin: from.agent() }),
  RemoveOrganizationAdmin: (from) => ({ organization: from.one('organizations'), admin: from.agent() }),
  AddAdministrator: (from) => ({ administrator: from.agent() }),
  SuspendOrganization: (from) => ({ organization: from.one('organizations') }),
  ActivateOrganization: (from) => ({ organization: from.one('organizations') }),
  CreateUser: (from) => ({ user: from.one('users'), metered: from.random.chance(0.4) }),
  SuspendUser: (from) => ({ user: from.one('users') }),
  ActivateUser: (from) => ({ user: from.one('users') }),
  DeleteUser: (from) => ({ user: from.one('users') }),
  SetDefaultTeam: (from) => ({ user: from.one('users'), team: from.random.chance(0.8) ? from.one('teams') : null }),
  SuspendTeam: teamOnly,
  ActivateTeam: teamOnly,
  DeleteTeam: teamOnly,
  SuspendVirtualAccount: accountOnly,
  ActivateVirtualAccount: accountOnly,
  DeleteVirtualAccount: accountOnly,
  AddTeamMember: (from) => ({ ...place(from), ...role(from) }),
  ChangeTeamMemberRole: (from) => ({ ...place(from), role: from.random.pick(['member', 'manager']) }),
  RemoveTeamMember: place,
  InviteTeamMember: (from) => ({
    ...place(from),
    ...role(from),
    ...from.maybe(0.3, 'expiresAt', () => from.instant(5, 60)),
  }),
  WithdrawInvitation: place,
  AcceptInvitation: place,
  DeclineInvitation: place,
  SetTeamPlan: (from) => ({ ...teamOnly(from), plan: from.random.chance(0.8) ? from.one('plans') : null }),
  IssueCredential: (from) => {
    const owner = from.principal()
    const team = owner.type === 'user' ? from.maybe(0.6, 'team', () => from.one('teams')) : {}
    return { ...credentialOnly(from), owner, ...team, digest: from.random.pick(digests), ...from.limits() }
  },
  UpdateCredential: (from) => ({
    ...credentialOnly(from),
    ...from.limits(),
    ...from.maybe(0.1, 'expiresAt', () => null),
  }),
  RotateCredential: (from) => ({
    ...credentialOnly(from),
    digest: from.random.pick(digests),
    ...from.maybe(0.5, 'overlapUntil', () => from.instant(5, 60)),
    ...from.maybe(0.2, 'expiresAt', () => (from.random.chance(0.5) ? null : from.instant(5, 60))),
  }),
  RevokeCredential: credentialOnly,
  SuspendCredential: credentialOnly,
  ActivateCredential: credentialOnly,
  SuspendProviderAccount: provider,
  ActivateProviderAccount: provider,
  AddModels: (from) => ({ ...provider(from), models: [from.random.pick([...ids.models, 'm-4', '../m-1'])] }),
  RemoveModels: (from) => ({
    ...provider(from),
    models: [from.one('models')],
    ...from.maybe(0.1, 'cascade', () => true),
  }),
  SuspendModel: oneModel,
  ActivateModel: oneModel,
  GrantRole: (from) => ({ ...grant(from), ...from.window() }),
  RevokeRole: grant,
  CreateModelAlias: (from) => ({ alias: from.one('aliases'), ...targets(from) }),
  SetModelAliasTargets: (from) => ({ alias: from.one('aliases'), ...targets(from) }),
  DeprecateModelAlias: (from) => ({ alias: from.one('aliases'), sunsetAt: from.instant(5, 60) }),
  ActivateModelAlias: (from) => ({ alias: from.one('aliases') }),
  DeleteModelAlias: (from) => ({ alias: from.one('aliases'), cascade: true }),
  AddAccessGroupMembers: (from) => ({
    accessGroup: from.one('accessGroups'),
    members: [{ type: 'alias', alias: from.one('aliases') }],
  }),
  AssignAccessGroup: (from) => ({ ...assignment(from), ...from.window() }),
  UnassignAccessGroup: assignment,
  RequestAccess: (from) => {
    const { random } = from
    const group = { type: 'accessGroup', id: from.one('accessGroups') }
    const name = random.pick([...ids.aliases, 'prov-p/m-1', 'prov-q/m-2'])
    const wanted = random.chance(0.6) ? group : { type: 'model', name }
    return { ...requestOnly(from), subject: from.holder(), wanted, reason: 'r', duration: random.pick(durations) }
  },
  ApproveAccess: (from) => ({
    ...requestOnly(from),
    ...from.maybe(0.4, 'accessGroup', () => from.one('accessGroups')),
    ...from.maybe(0.3, 'duration', () => from.random.pick(durations)),
  }),
  DenyAccess: requestOnly,
  WithdrawRequest: requestOnly,
  SetAccessGroups: (from) => ({ principal: from.holder(), accessGroups: from.groups() }),
  CreateRestriction: (from) => {
    const { random } = from
    const credential = { type: 'credential', id: from.one('credentials') } as const
    const subject = random.chance(0.1) ? { type: 'everyone' } : random.chance(0.1) ? credential : from.holder()
    return { restriction: from.one('restrictions'), subject, selector: from.selector(), ...from.window() }
  },
  DeleteRestriction: (from) => ({ restriction: from.one('restrictions') }),
  DeletePlan: (from) => ({ plan: from.one('plans'), cascade: true }),
}
