import type { Credential } from '../../src/model/noun/credential.ts'
import type { Organization } from '../../src/model/noun/organization.ts'
import type { Restriction, RestrictionSubject } from '../../src/model/noun/restriction.ts'
import type { Team } from '../../src/model/noun/team.ts'
import type { User } from '../../src/model/noun/user.ts'
import type { VirtualAccount } from '../../src/model/noun/virtual-account.ts'
import type { Agent, Principal } from '../../src/model/value/principal.ts'
import type { Scope, Selector } from '../../src/model/value/selector.ts'
import {
  founded,
  idOf,
  type Maker,
  makeAssignments,
  makeRoleGrants,
  makeWindows,
  morning,
  requestSpan,
  statusOf,
} from './maker.ts'
import type { Catalogue } from './population-catalogue.ts'
import type { Random } from './random.ts'

/** The rows of organizations, principals, credentials and restrictions. */
export interface People {
  readonly administrators: readonly Agent[]
  readonly organizations: readonly Organization[]
  readonly users: readonly User[]
  readonly teams: readonly Team[]
  readonly virtualAccounts: readonly VirtualAccount[]
  readonly credentials: readonly Credential[]
  readonly restrictions: readonly Restriction[]
}

/** The organizations, with the access groups that their teams choose from. */
interface Pools {
  readonly organizations: readonly Organization[]
  readonly pools: readonly (readonly string[])[]
}

/** Makes the organizations, users, teams, virtual accounts, a credential for each principal, and restrictions. */
export function makePeople(maker: Maker, catalogue: Catalogue): People {
  const made = makeOrganizations(maker, catalogue)
  const teams = makeTeams(maker, catalogue, made)
  const users = makeUsers(maker, catalogue, teams)
  const virtualAccounts = makeVirtualAccounts(maker, catalogue, made)
  return {
    administrators: users.slice(0, 2).map(({ id }) => ({ type: 'user', id })),
    organizations: made.organizations,
    users,
    teams,
    virtualAccounts,
    credentials: makeCredentials(maker, catalogue, users, teams, virtualAccounts),
    restrictions: makeRestrictions(maker, catalogue, made.organizations, teams, users),
  }
}

const userId = (i: number): string => `u${String(i).padStart(7, '0')}`

function makeOrganizations({ size, random, nextIncarnation }: Maker, { accessGroups }: Catalogue): Pools {
  const names = accessGroups.map(({ id }) => id)
  const pools = Array.from({ length: size.organizations }, () => random.sample(names, random.between(12, 30)))
  const organizations = pools.map(
    (pool, i): Organization => ({
      id: idOf('organization', i, 4),
      ...statusOf(i % 100 === 9),
      entitlement: random.chance(0.7) ? { type: 'unlimited' } : { type: 'list', accessGroups: pool.slice(2) },
      admins: [{ type: 'user', id: userId(random.below(size.users)) }],
      accessGroups: [],
      createdAt: founded,
      incarnation: nextIncarnation(),
    }),
  )
  return { organizations, pools }
}

const teamId = (i: number): string => idOf('team', i, 6)

/** Teams are assigned to organizations round robin, so teams `i` and `i + organizations` are in the same one. */
function makeTeams({ size, random, nextIncarnation }: Maker, catalogue: Catalogue, made: Pools): Team[] {
  return Array.from({ length: size.teams }, (_, i) => {
    const home = i % size.organizations
    return {
      id: teamId(i),
      organization: (made.organizations[home] as Organization).id,
      ...statusOf(random.chance(0.01) || i === 5),
      metered: random.chance(0.6),
      ...(random.chance(0.4) ? { plan: random.pick(catalogue.plans).id } : {}),
      accessGroups: makeAssignments(random, random.sample(made.pools[home] ?? [], random.between(2, 4))),
      roleGrants: random.chance(0.05) ? makeRoleGrants(random, catalogue.providerAccounts) : [],
      invitations: [],
      creditedPlans: [],
      createdAt: founded,
      incarnation: nextIncarnation(),
    }
  })
}

function makeUsers({ size, random, nextIncarnation }: Maker, catalogue: Catalogue, teams: readonly Team[]): User[] {
  const groups = catalogue.accessGroups.map(({ id }) => id)
  return Array.from({ length: size.users }, (_, i) => {
    const places = new Set([i % size.teams])
    for (let more = random.pick([0, 0, 0, 0, 0, 0, 1, 1, 1, 2]); more > 0; more -= 1) {
      const near = (i + random.between(1, 5) * size.organizations) % size.teams
      places.add(random.chance(0.1) ? random.below(size.teams) : near)
    }
    const own = [...places].map((place) => (teams[place] as Team).id)
    return {
      id: userId(i),
      ...statusOf(random.chance(0.01)),
      metered: random.chance(0.1),
      teams: own.map((team) => ({ team, role: random.chance(0.1) ? 'manager' : 'member', accessGroups: [] })),
      ...(random.chance(0.75) ? { defaultTeam: random.pick(own) } : {}),
      accessGroups: random.chance(0.05) ? makeAssignments(random, random.sample(groups, random.between(1, 2))) : [],
      roleGrants: random.chance(0.05) ? makeRoleGrants(random, catalogue.providerAccounts) : [],
      createdAt: founded,
      incarnation: nextIncarnation(),
    }
  })
}

function makeVirtualAccounts(
  { size, random, nextIncarnation }: Maker,
  catalogue: Catalogue,
  made: Pools,
): VirtualAccount[] {
  return Array.from({ length: size.virtualAccounts }, (_, i) => {
    const home = i % size.organizations
    return {
      id: idOf('application', i, 5),
      organization: (made.organizations[home] as Organization).id,
      ...statusOf(random.chance(0.01)),
      metered: random.chance(0.5),
      accessGroups: makeAssignments(random, random.sample(made.pools[home] ?? [], random.between(1, 3))),
      roleGrants: random.chance(0.2) ? makeRoleGrants(random, catalogue.providerAccounts) : [],
      createdAt: founded,
      incarnation: nextIncarnation(),
    }
  })
}

function makeCredentials(
  { random }: Maker,
  catalogue: Catalogue,
  users: readonly User[],
  teams: readonly Team[],
  virtualAccounts: readonly VirtualAccount[],
): Credential[] {
  const tokens = users.map((user, i): Credential => {
    const acts = random.chance(0.1) ? { team: random.pick(user.teams).team } : {}
    return { ...makeCredential(random, catalogue, idOf('pat', i, 7), { type: 'user', id: user.id }), ...acts }
  })
  const keys = teams.map(({ id }, i) =>
    makeCredential(random, catalogue, idOf('virtual-key', i, 6), { type: 'team', id }),
  )
  const machines = virtualAccounts.map(({ id }, i) =>
    makeCredential(random, catalogue, idOf('application-token', i, 5), { type: 'virtualAccount', id }),
  )
  return [...tokens, ...keys, ...machines]
}

function makeCredential(random: Random, catalogue: Catalogue, id: string, owner: Principal): Credential {
  const kind = random.below(100)
  const expiresAt =
    kind < 10
      ? morning + random.between(1, 90) * 86_400_000
      : kind < 11
        ? morning - 1
        : kind < 12
          ? morning + random.below(requestSpan)
          : undefined
  return {
    id,
    owner,
    issuedBy: owner.type === 'team' ? { type: 'system' } : owner,
    digest: random.digest(),
    previous: random.chance(0.003) ? [{ digest: random.digest(), expiresAt: morning + 3_600_000 }] : [],
    scope: random.chance(0.05) ? makeScope(random, catalogue) : { type: 'all' },
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(random.chance(0.01) ? { revokedAt: founded } : {}),
    operations: { type: 'all' },
    createdAt: founded,
    incarnation: 0,
  }
}

function makeScope(random: Random, catalogue: Catalogue): Scope {
  const selectors = Array.from({ length: random.between(1, 3) }, () => makeSelector(random, catalogue))
  return { type: 'list', selectors: [...selectors, { type: 'pattern', pattern: '*-large-*' }] }
}

function makeSelector(random: Random, { modelAliases, providerAccounts }: Catalogue): Selector {
  const account = random.pick(providerAccounts)
  switch (random.below(4)) {
    case 0:
      return { type: 'alias', alias: random.pick(modelAliases).id }
    case 1:
      return { type: 'pattern', pattern: `${random.pick(modelAliases).id.slice(0, -3)}*` }
    case 2:
      return { type: 'model', providerAccount: account.id, model: random.pick(account.models).id }
    default:
      return { type: 'providerAccount', providerAccount: account.id }
  }
}

function makeRestrictions(
  { random }: Maker,
  catalogue: Catalogue,
  organizations: readonly Organization[],
  teams: readonly Team[],
  users: readonly User[],
): Restriction[] {
  const restrictions: Restriction[] = []
  const add = (subject: RestrictionSubject): void => {
    const id = idOf('restriction', restrictions.length, 6)
    const window = makeWindows(random)[0] ?? {}
    restrictions.push({ id, subject, selector: makeSelector(random, catalogue), window, createdAt: founded })
  }
  for (let i = 0; i < 6; i += 1) add({ type: 'everyone' })
  for (const { id } of organizations) if (random.chance(0.05)) add({ type: 'organization', id })
  for (const { id } of teams) if (random.chance(0.01)) add({ type: 'team', id })
  for (const { id } of users) if (random.chance(0.002)) add({ type: 'user', id })
  return restrictions
}
