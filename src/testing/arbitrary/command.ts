import fc from 'fast-check'
import { Command } from '../../change/message/command.ts'
import type { RequestSubject, Wanted } from '../../model/noun/access-request.ts'
import type { PlanCredits } from '../../model/noun/plan.ts'
import type { Actor, Agent, Holder, Principal } from '../../model/value/principal.ts'
import { foundingCommands, commandPool as pool } from './command-pool.ts'
import { arbitraryOperations } from './selector.ts'
import { origin } from './window.ts'

type CommandOf<T extends Command['type']> = Extract<Command, { readonly type: T }>
type Fields<C> = C extends Command ? Omit<C, 'type' | 'actor' | 'at'> : never
type Arbitraries<F> = { readonly [K in keyof F]-?: fc.Arbitrary<Exclude<F[K], undefined>> }

const one = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values)
const some = <T>(values: readonly T[]): fc.Arbitrary<T[]> => fc.shuffledSubarray([...values])

/** Generates the instant of a command. Few different instants, so that the bounds of windows coincide. */
const at = fc.integer({ min: 10, max: 20 }).map((n) => origin + n * 100)
const later = fc.integer({ min: 5, max: 40 }).map((n) => origin + n * 100)

const organization = one(pool.organizations)
const user = one(pool.users)
/** Generates the id of a user to invite. The user may not exist. */
const guest = one([...pool.users, 'guest'])
const team = one(pool.teams)
const virtualAccount = one(pool.virtualAccounts)
const credential = one(pool.credentials)
const digest = one(pool.digests)
const providerAccount = one(pool.providerAccounts)
const model = one(pool.models)
const alias = one(pool.modelAliases)
const accessGroup = one(pool.accessGroups)
const restriction = one(pool.restrictions)
const plan = one(pool.plans)

const label = one(['', 'A name', 'Another name'])
const labelOrNull = one(['A name', 'Another name', null])
const cascade = fc.boolean()
const metered = fc.boolean()
const creditText = one(['0', '1', '0.000125', '1000.50'])
const positiveCredit = one(['1', '0.000125', '1000.50'])
/** Generates credits of a plan, half of them recurring. Few periods, so that plans often differ in the amount only. */
const planCredits = one<PlanCredits>([
  { amount: '1' },
  { amount: '0.000125' },
  { amount: '1000.50' },
  { amount: '1', period: { every: 'month', timeZone: 'Europe/Berlin' } },
  { amount: '1000.50', period: { every: 'month', timeZone: 'Europe/Berlin', startsOn: 1 } },
  { amount: '1000.50', period: { every: 'week', timeZone: 'UTC', startsOn: 7 } },
])
const target = fc.record({ providerAccount, model }, { noNullPrototype: true })
const targets = fc.array(target, { maxLength: 3 })
const settings = one<Record<string, string>>([{}, { baseUrl: 'https://example.com' }, { constructor: 'no' }])

const agent: fc.Arbitrary<Agent> = fc.oneof(
  { weight: 2, arbitrary: user.map((id): Agent => ({ type: 'user', id })) },
  { weight: 1, arbitrary: virtualAccount.map((id): Agent => ({ type: 'virtualAccount', id })) },
)
const principal: fc.Arbitrary<Principal> = fc.oneof(
  agent,
  team.map((id): Principal => ({ type: 'team', id })),
)
const membership = fc.record({ type: fc.constant('member' as const), team, user }, { noNullPrototype: true })
const holder: fc.Arbitrary<Holder> = fc.oneof(
  { weight: 4, arbitrary: principal },
  { weight: 1, arbitrary: membership },
  { weight: 1, arbitrary: organization.map((id) => ({ type: 'organization' as const, id })) },
)
const subject = fc.oneof(
  principal,
  membership,
  organization.map((id) => ({ type: 'organization' as const, id })),
  credential.map((id) => ({ type: 'credential' as const, id })),
  fc.constant({ type: 'everyone' as const }),
)
const request = one(pool.accessRequests)
const duration = one([60_000, 7_200_000])
const requestSubject: fc.Arbitrary<RequestSubject> = fc.oneof(
  { weight: 2, arbitrary: user.map((id) => ({ type: 'user' as const, id })) },
  { weight: 1, arbitrary: virtualAccount.map((id) => ({ type: 'virtualAccount' as const, id })) },
  { weight: 1, arbitrary: membership },
)
const wanted: fc.Arbitrary<Wanted> = fc.oneof(
  { weight: 2, arbitrary: accessGroup.map((id) => ({ type: 'accessGroup' as const, id })) },
  { weight: 1, arbitrary: alias.map((name) => ({ type: 'model' as const, name })) },
)
const aliasSelector = alias.map((id) => ({ type: 'alias' as const, alias: id }))
const patternSelector = one(['*', 'gpt-*', '*o*', 'openai/*', 'ToString/GPT*']).map((pattern) => {
  return { type: 'pattern' as const, pattern }
})
const selector = fc.oneof(
  aliasSelector,
  patternSelector,
  target.map((concrete) => ({ type: 'model' as const, ...concrete })),
  providerAccount.map((id) => ({ type: 'providerAccount' as const, providerAccount: id })),
)
const scope = fc.oneof(
  fc.constant({ type: 'all' as const }),
  fc.array(selector, { maxLength: 2 }).map((selectors) => ({ type: 'list' as const, selectors })),
)
const member = fc.oneof(
  { weight: 4, arbitrary: aliasSelector },
  { weight: 1, arbitrary: one(['*', 'gpt-*', '*o*']).map((pattern) => ({ type: 'aliasPattern' as const, pattern })) },
  { weight: 1, arbitrary: fc.constant({ type: 'allAliases' as const }) },
  { weight: 2, arbitrary: target.map((concrete) => ({ type: 'model' as const, ...concrete })) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(providerAccount, one(['*', 'gpt-*', '*o*']))
      .map(([account, pattern]) => ({ type: 'modelPattern' as const, providerAccount: account, pattern })),
  },
)
const members = fc.array(member, { maxLength: 4 })
const entitlement = fc.oneof(
  fc.constant({ type: 'unlimited' as const }),
  some(pool.accessGroups).map((accessGroups) => ({ type: 'list' as const, accessGroups })),
)
const ends = { startsAt: later, expiresAt: later }
const teamRole = one(['member', 'manager'] as const)
const role = one(['manager', 'user'] as const)
const nullable = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null, freq: 4 })

/**
 * The generators for the fields of each command, except `actor` and `at`. A command type without an entry does not
 * compile.
 */
const fields: { readonly [T in Command['type']]: Arbitraries<Fields<CommandOf<T>>> } = {
  AddAdministrator: { administrator: agent },
  RemoveAdministrator: { administrator: agent },

  CreateOrganization: { organization, name: label, entitlement },
  UpdateOrganization: { organization, name: labelOrNull, entitlement },
  SuspendOrganization: { organization },
  ActivateOrganization: { organization },
  DeleteOrganization: { organization, cascade },
  AddOrganizationAdmin: { organization, admin: agent },
  RemoveOrganizationAdmin: { organization, admin: agent },

  CreateUser: { user, name: label, metered },
  UpdateUser: { user, name: labelOrNull, metered },
  SuspendUser: { user },
  ActivateUser: { user },
  DeleteUser: { user },
  SetDefaultTeam: { user, team: nullable(team) },

  CreateTeam: {
    team,
    organization,
    name: label,
    accessGroups: some(pool.accessGroups),
    plan,
    credits: creditText,
    metered,
  },
  UpdateTeam: { team, name: labelOrNull, metered },
  SuspendTeam: { team },
  ActivateTeam: { team },
  DeleteTeam: { team },
  AddTeamMember: { team, user, role: teamRole },
  ChangeTeamMemberRole: { team, user, role: teamRole },
  RemoveTeamMember: { team, user },
  InviteTeamMember: { team, user: guest, role: teamRole, expiresAt: later },
  WithdrawInvitation: { team, user: guest },
  AcceptInvitation: { team, user: guest },
  DeclineInvitation: { team, user: guest },
  SetTeamPlan: { team, plan: nullable(plan) },

  CreateVirtualAccount: {
    virtualAccount,
    organization,
    name: label,
    accessGroups: some(pool.accessGroups),
    credits: creditText,
    metered,
  },
  UpdateVirtualAccount: { virtualAccount, name: labelOrNull, metered },
  SuspendVirtualAccount: { virtualAccount },
  ActivateVirtualAccount: { virtualAccount },
  DeleteVirtualAccount: { virtualAccount },

  IssueCredential: {
    credential,
    owner: principal,
    digest,
    team,
    scope,
    operations: arbitraryOperations,
    name: label,
    expiresAt: later,
  },
  UpdateCredential: {
    credential,
    name: labelOrNull,
    scope,
    operations: arbitraryOperations,
    expiresAt: nullable(later),
  },
  RotateCredential: { credential, digest, overlapUntil: later, expiresAt: nullable(later) },
  RevokeCredential: { credential },
  SuspendCredential: { credential },
  ActivateCredential: { credential },

  CreateProviderAccount: {
    providerAccount,
    name: label,
    settings,
    models: some(pool.models),
    anyModel: fc.boolean(),
  },
  UpdateProviderAccount: { providerAccount, name: labelOrNull, settings, anyModel: fc.boolean() },
  SuspendProviderAccount: { providerAccount },
  ActivateProviderAccount: { providerAccount },
  DeleteProviderAccount: { providerAccount, cascade },
  AddModels: { providerAccount, models: some(pool.models) },
  RemoveModels: { providerAccount, models: some(pool.models), cascade },
  SuspendModel: { providerAccount, model },
  ActivateModel: { providerAccount, model },
  GrantRole: { principal, providerAccount, role, ...ends },
  RevokeRole: { principal, providerAccount, role },

  CreateModelAlias: { alias, description: label, targets },
  UpdateModelAlias: { alias, description: labelOrNull },
  SetModelAliasTargets: { alias, targets },
  DeprecateModelAlias: { alias, sunsetAt: later, successor: nullable(alias) },
  RetireModelAlias: { alias, successor: nullable(alias) },
  ActivateModelAlias: { alias },
  DeleteModelAlias: { alias, cascade },

  CreateAccessGroup: { accessGroup, description: label, members },
  UpdateAccessGroup: { accessGroup, description: labelOrNull },
  AddAccessGroupMembers: { accessGroup, members },
  RemoveAccessGroupMembers: { accessGroup, members },
  SetAccessGroupMembers: { accessGroup, members },
  DeleteAccessGroup: { accessGroup },
  AssignAccessGroup: { accessGroup, principal: holder, ...ends },
  UnassignAccessGroup: { accessGroup, principal: holder },
  SetAccessGroups: { principal: holder, accessGroups: some(pool.accessGroups) },

  RequestAccess: {
    request,
    subject: requestSubject,
    wanted,
    reason: one(['An incident', 'A demo']),
    duration,
    expiresAt: later,
  },
  ApproveAccess: { request, accessGroup, duration, note: label },
  DenyAccess: { request, note: label },
  WithdrawRequest: { request },

  CreateRestriction: { restriction, subject, selector, ...ends, note: label },
  DeleteRestriction: { restriction },

  CreatePlan: { plan, name: label, accessGroups: some(pool.accessGroups), credits: planCredits },
  UpdatePlan: { plan, name: labelOrNull, accessGroups: some(pool.accessGroups), credits: nullable(planCredits) },
  DeletePlan: { plan, cascade },
  AllocateCredits: { principal, amount: positiveCredit, expiresAt: later },
}

const actor: fc.Arbitrary<Actor> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Actor>({ type: 'system' }) },
  { weight: 4, arbitrary: agent },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('user' as const), id: user, team }) },
)

type Shape = Readonly<Record<string, { safeParse: (value: unknown) => { readonly success: boolean } }>>

/** Returns the required keys of a command type, according to its schema. */
function requiredKeys(type: Command['type']): string[] {
  const option = Command.options.find((candidate) => candidate.shape.type.safeParse(type).success)
  const shape = (option?.shape ?? {}) as Shape
  return Object.entries(shape).flatMap(([key, schema]) => (schema.safeParse(undefined).success ? [] : [key]))
}

function commandOf(type: Command['type']): fc.Arbitrary<Command> {
  const whole: Record<string, fc.Arbitrary<unknown>> = { type: fc.constant(type), actor, at, ...fields[type] }
  const values: fc.Arbitrary<object> = fc.record(whole, { requiredKeys: requiredKeys(type), noNullPrototype: true })
  return values.filter((value): value is Command => Command.safeParse(value).success)
}

/**
 * Generates any well-formed command, by any actor. Its ids come from `commandPool`, and may name things that do not
 * exist.
 */
export const arbitraryCommand: fc.Arbitrary<Command> = fc.oneof(
  ...(Object.keys(fields) as Command['type'][]).map((type) => ({
    weight: type.startsWith('Delete') || type === 'SuspendCredential' ? 1 : 3,
    arbitrary: commandOf(type),
  })),
)

/**
 * Generates a history of commands: all or some of `foundingCommands`, then up to 40 more commands. Many of the commands
 * are accepted.
 */
export const arbitraryCommands: fc.Arbitrary<readonly Command[]> = fc
  .tuple(
    fc.oneof(
      { weight: 3, arbitrary: fc.constant(foundingCommands) },
      { weight: 1, arbitrary: fc.subarray([...foundingCommands]) },
    ),
    fc.array(arbitraryCommand, { maxLength: 40, size: 'max' }),
  )
  .map(([founding, commands]) => [...founding, ...commands])
