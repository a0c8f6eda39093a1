import fc from 'fast-check'
import { groupMembersOf } from '../../model/noun/access-group.ts'
import type { Assignment, Holdings } from '../../model/noun/holding.ts'
import type { Invitation } from '../../model/noun/invitation.ts'
import type { Lifecycle } from '../../model/noun/model-alias.ts'
import type { PlanCredits } from '../../model/noun/plan.ts'
import type { Model } from '../../model/noun/provider-account.ts'
import type { Membership } from '../../model/noun/user.ts'
import type { Rows } from '../../model/state/state.ts'
import { tableOf } from '../../model/table/table.ts'
import { Authority } from '../../model/value/authority.ts'
import { firstInstant } from '../../model/value/instant.ts'
import type { Actor, Agent, Principal } from '../../model/value/principal.ts'
import type { Status } from '../../model/value/status.ts'
import type { Names } from './name.ts'
import { arbitraryMembers, arbitraryOperations, arbitraryScope, arbitrarySelector } from './selector.ts'
import { arbitraryInstant, arbitraryWindow, arbitraryWindows, origin } from './window.ts'

/** The highest `incarnation` of a generated row. */
export const latestVersion = 40

/** Generates an object with a fixed set of keys. Its prototype is `Object.prototype`. */
export function record<T extends object>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(fields, { noNullPrototype: true }) as fc.Arbitrary<T>
}

/** Generates a value with a probability of `chance` in 10, otherwise `undefined`. */
export function maybe<T>(arbitrary: fc.Arbitrary<T>, chance: number): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: chance, arbitrary }, { weight: 10 - chance, arbitrary: fc.constant(undefined) })
}

/** Generates a list of `least` to `most` items of `list`, in any order. */
export function fewOf<T>(list: readonly T[], most: number, least = 0): fc.Arbitrary<T[]> {
  return fc.shuffledSubarray([...list], { minLength: least, maxLength: Math.min(most, list.length) })
}

const status = fc.constantFrom(...Array<'active'>(19).fill('active'), 'suspended' as const)

/**
 * Returns the author of a row's suspension. Depends only on the id, so that generating a status needs one random draw.
 */
function authorOf(id: string): Authority {
  return Authority.options[id.length % Authority.options.length] ?? 'platform'
}

/** Adds the author of the suspension to each suspended row. */
function withAuthor<Row extends { readonly id: string; readonly status: Status }>(
  row: fc.Arbitrary<Row>,
): fc.Arbitrary<Row> {
  return row.map((one) => (one.status === 'suspended' ? { ...one, suspendedBy: authorOf(one.id) } : one))
}

const incarnation = fc.nat(latestVersion)
const made = { createdAt: fc.constantFrom(firstInstant, origin + 1000, origin + 1500), incarnation }

/** Returns the principals that can be agents: the users and the virtual accounts. */
export function agentsOf(names: Names): Agent[] {
  return [
    ...names.users.map((id) => ({ type: 'user' as const, id })),
    ...names.virtualAccounts.map((id) => ({ type: 'virtualAccount' as const, id })),
  ]
}

/** Returns the principals with these names: users, virtual accounts and teams. */
function principalsOf(names: Names): Principal[] {
  return [...agentsOf(names), ...names.teams.map((id) => ({ type: 'team' as const, id }))]
}

/** Generates assignments of at least `least` access groups. Each group occurs at most once. */
function arbitraryAssignments(names: Names, least: number): fc.Arbitrary<Assignment[]> {
  return fewOf(names.accessGroups, 3, least).chain((groups) =>
    fc.tuple(...groups.map((accessGroup) => arbitraryWindows.map((windows) => ({ accessGroup, windows })))),
  )
}

/**
 * Generates the access groups and role grants of a holder. Each group occurs at most once, and each role on an account
 * at most once.
 */
function arbitraryHoldings(names: Names): fc.Arbitrary<Holdings> {
  const roles = names.providerAccounts.flatMap((providerAccount) => [
    { providerAccount, role: 'manager' as const },
    { providerAccount, role: 'user' as const },
  ])
  return record<Holdings>({
    accessGroups: arbitraryAssignments(names, 1),
    roleGrants: fewOf(roles, 2).chain((held) =>
      fc.tuple(
        ...held.map((grant) =>
          fc
            .tuple(
              arbitraryWindows,
              maybe(fc.constantFrom<Agent>({ type: 'user', id: 'deleted' }, ...agentsOf(names)), 3),
            )
            .map(([windows, grantedBy]) => ({ ...grant, windows, ...(grantedBy === undefined ? {} : { grantedBy }) })),
        ),
      ),
    ),
  })
}

/**
 * Generates the access groups and role grants of a user. Half of the users have none, so that their access depends only
 * on their teams.
 */
function arbitraryUserHoldings(names: Names): fc.Arbitrary<Holdings> {
  return fc.oneof(arbitraryHoldings(names), fc.constant<Holdings>({ accessGroups: [], roleGrants: [] }))
}

/** Generates an organization. The entitlement is unlimited in 2 of 3 cases. */
export function arbitraryOrganization(names: Names, id: string): fc.Arbitrary<Rows['organizations']> {
  const list = fc.subarray([...names.accessGroups]).map((accessGroups) => ({ type: 'list' as const, accessGroups }))
  const row = record<Rows['organizations']>({
    id: fc.constant(id),
    status,
    entitlement: fc.oneof(
      { weight: 2, arbitrary: fc.constant({ type: 'unlimited' as const }) },
      { weight: 1, arbitrary: list },
    ),
    admins: fewOf(agentsOf(names), 2),
    accessGroups: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: arbitraryAssignments(names, 0) },
    ),
    ...made,
  })
  return withAuthor(row)
}

/** Generates a user. The default team, if any, is one of the user's teams. */
export function arbitraryUser(names: Names, id: string): fc.Arbitrary<Rows['users']> {
  const accessGroups = fc.oneof(
    { weight: 2, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: arbitraryAssignments(names, 0) },
  )
  const place = (team: string) =>
    record<Membership>({ team: fc.constant(team), role: fc.constantFrom('member', 'manager'), accessGroups })
  const fields = record<Omit<Rows['users'], keyof Holdings | 'defaultTeam'>>({
    id: fc.constant(id),
    status,
    metered: fc.boolean(),
    teams: fc
      .oneof(fc.constant([...names.teams]), fc.shuffledSubarray([...names.teams]))
      .chain((teams) => fc.tuple(...teams.map(place))),
    ...made,
  })
  return fc.tuple(withAuthor(fields), arbitraryUserHoldings(names), maybe(fc.nat(3), 3)).map(([row, held, choice]) => {
    const chosen = choice === undefined ? undefined : row.teams[choice % Math.max(1, row.teams.length)]
    return { ...row, ...held, ...(chosen === undefined ? {} : { defaultTeam: chosen.team }) }
  })
}

/**
 * Generates a team. Half of the teams have a plan. A team may have received the credits of any plan. The team's
 * invitations may name members.
 */
export function arbitraryTeam(names: Names, id: string): fc.Arbitrary<Rows['teams']> {
  const plan = names.plans.length === 0 ? fc.constant(undefined) : maybe(fc.constantFrom(...names.plans), 5)
  return fc
    .tuple(arbitraryVirtualAccount(names, id), arbitraryInvitations(names), plan)
    .map(([row, invitations, of]) => {
      return { ...row, invitations, creditedPlans: creditedOf(names, id), ...(of === undefined ? {} : { plan: of }) }
    })
}

/** Returns the plans whose credits a team has received. Depends only on the names, so that it needs no random draw. */
function creditedOf(names: Names, id: string): readonly string[] {
  return names.plans.filter((plan) => (id.length + plan.length) % 2 === 0)
}

/**
 * Generates invitations of users, some of whom are already members or do not exist. `arbitraryState` removes the
 * invitations of members.
 */
function arbitraryInvitations(names: Names): fc.Arbitrary<readonly Invitation[]> {
  const invitation = (user: string) =>
    fc.tuple(
      record<Omit<Invitation, 'expiresAt'>>({
        user: fc.constant(user),
        role: fc.constantFrom('member', 'manager'),
        invitedBy: fc.constantFrom<Actor>({ type: 'system' }, { type: 'user', id: 'guest' }, ...agentsOf(names)),
        ...made,
      }),
      maybe(arbitraryInstant, 3),
    )
  return fewOf([...names.users, 'guest'], 3)
    .chain((users) => fc.tuple(...users.map(invitation)))
    .map((list) => list.map(([row, expiresAt]) => ({ ...row, ...(expiresAt === undefined ? {} : { expiresAt }) })))
}

/** Generates a virtual account. 2 of 3 virtual accounts are metered. */
export function arbitraryVirtualAccount(names: Names, id: string): fc.Arbitrary<Rows['virtualAccounts']> {
  const fields = record<Omit<Rows['virtualAccounts'], keyof Holdings>>({
    id: fc.constant(id),
    organization: fc.constantFrom(...names.organizations),
    status,
    metered: fc.constantFrom(true, true, false),
    ...made,
  })
  return fc.tuple(withAuthor(fields), arbitraryHoldings(names)).map(([row, held]) => ({ ...row, ...held }))
}

/** Generates a provider account that serves some of the models. One in four accounts serves any model. */
export function arbitraryProviderAccount(names: Names, id: string): fc.Arbitrary<Rows['providerAccounts']> {
  const models = fc
    .oneof(fc.constant(names.models), fc.subarray([...names.models]))
    .chain((ids) => fc.tuple(...ids.map((model) => withAuthor(record<Model>({ id: fc.constant(model), status })))))
  const row = record<Rows['providerAccounts']>({
    id: fc.constant(id),
    status,
    anyModel: fc.constantFrom(false, false, false, true),
    settings: fc.constant({}),
    models: models.map((rows) =>
      tableOf(
        rows.map((row) => row.id),
        rows,
      ),
    ),
    ...made,
  })
  return withAuthor(row)
}

/** Generates an alias. Some target routes may not exist; `arbitraryState` removes such targets. */
export function arbitraryModelAlias(names: Names, id: string): fc.Arbitrary<Rows['modelAliases']> {
  const pairs = names.providerAccounts.flatMap((providerAccount) =>
    [...names.models, 'unlisted'].map((model) => ({ providerAccount, model })),
  )
  const older = names.modelAliases.slice(0, names.modelAliases.indexOf(id))
  const successor = older.length === 0 ? fc.constant({}) : fc.constantFrom({}, { successor: older[0] ?? id })
  const ended = fc.tuple(fc.constantFrom('deprecated', 'deprecated', 'retired'), arbitraryInstant, successor)
  const lifecycle = fc.oneof(
    { weight: 7, arbitrary: fc.constant({ type: 'active' as const }) },
    {
      weight: 1,
      arbitrary: ended.map(
        ([type, sunsetAt, next]): Lifecycle =>
          type === 'retired' ? { type, ...next } : { type: 'deprecated', sunsetAt, ...next },
      ),
    },
  )
  return record<Rows['modelAliases']>({
    id: fc.constant(id),
    targets: fc.oneof(
      { weight: 1, arbitrary: fc.constant([]) },
      { weight: 9, arbitrary: fc.shuffledSubarray(pairs, { minLength: 1 }) },
    ),
    lifecycle,
    createdAt: fc.constant(origin + 1000),
  })
}

/** Generates an access group whose members refer to these names. */
export function arbitraryAccessGroup(names: Names, id: string): fc.Arbitrary<Rows['accessGroups']> {
  return arbitraryMembers(names).map((members) => {
    return { id, ...groupMembersOf(members), createdAt: origin + 1000 }
  })
}

/**
 * Generates a restriction on a principal, a member, a credential, an organization or everyone. Its selector may name a
 * model that does not exist; `arbitraryState` removes such restrictions.
 */
export function arbitraryRestriction(names: Names, id: string): fc.Arbitrary<Rows['restrictions']> {
  const organizations = names.organizations.map((organization) => ({ type: 'organization' as const, id: organization }))
  const credentials = names.credentials.map((credential) => ({ type: 'credential' as const, id: credential }))
  const members = names.users.flatMap((user) => names.teams.map((team) => ({ type: 'member' as const, team, user })))
  return record<Rows['restrictions']>({
    id: fc.constant(id),
    subject: fc.constantFrom(...principalsOf(names), ...members.slice(0, 3), ...credentials, ...organizations, {
      type: 'everyone' as const,
    }),
    selector: arbitrarySelector(names),
    window: arbitraryWindow,
    createdAt: fc.constant(origin + 1000),
  })
}

/** Generates a plan with some of the access groups. The id determines the credits: none, once, or in each month. */
export function arbitraryPlan(names: Names, id: string): fc.Arbitrary<Rows['plans']> {
  const credits = offers[id.length % offers.length]
  return record<Rows['plans']>({
    id: fc.constant(id),
    accessGroups: fc.shuffledSubarray([...names.accessGroups]),
    createdAt: fc.constant(origin + 1000),
  }).map((row) => ({ ...row, ...(credits === undefined ? {} : { credits }) }))
}

const offers: readonly (PlanCredits | undefined)[] = [
  undefined,
  { amount: '12.5' },
  { amount: '100', period: { every: 'month', timeZone: 'UTC' } },
]

/** Returns a credential digest that is different for each number. */
export function digestOf(n: number): string {
  return n.toString(16).padStart(64, '0')
}

/**
 * Generates a credential of any principal, with unique digests. Its team may be a team that the owner does not belong
 * to; `arbitraryState` removes such teams.
 */
export function arbitraryCredential(names: Names, id: string): fc.Arbitrary<Rows['credentials']> {
  const number = 10 * names.credentials.indexOf(id)
  const previous = fc
    .oneof(
      { weight: 2, arbitrary: fc.constant<number[]>([]) },
      { weight: 1, arbitrary: fc.array(arbitraryInstant, { maxLength: 2 }) },
    )
    .map((ends) => ends.map((expiresAt, i) => ({ digest: digestOf(number + i + 1), expiresAt })))
  const fields = record<Omit<Rows['credentials'], 'team' | 'expiresAt' | 'revokedAt' | 'suspendedBy'>>({
    id: fc.constant(id),
    owner: fc.constantFrom(...principalsOf(names)),
    issuedBy: fc.constantFrom<Actor>({ type: 'system' }, { type: 'user', id: 'deleted' }, ...agentsOf(names)),
    digest: fc.constant(digestOf(number)),
    previous,
    scope: arbitraryScope(names),
    operations: arbitraryOperations,
    createdAt: fc.constant(origin + 1000),
    incarnation,
  })
  const extra = fc.tuple(
    maybe(fc.constantFrom(...names.teams), 5),
    maybe(arbitraryInstant, 2),
    fc.oneof(
      { weight: 1, arbitrary: arbitraryInstant.map((revokedAt) => ({ revokedAt })) },
      { weight: 1, arbitrary: fc.constant({ suspendedBy: authorOf(id) }) },
      { weight: 18, arbitrary: fc.constant({}) },
    ),
  )
  return fc.tuple(fields, extra).map(([row, [team, expiresAt, barred]]) => ({
    ...row,
    ...(team === undefined || row.owner.type !== 'user' ? {} : { team }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...barred,
  }))
}
