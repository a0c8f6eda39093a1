import type { Holdings } from '../../model/noun/holding.ts'
import type { Organization } from '../../model/noun/organization.ts'
import type { Team } from '../../model/noun/team.ts'
import type { User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import { related } from '../../model/table/relation.ts'
import { changesBetween, findRow } from '../../model/table/table.ts'
import type { Agent } from '../../model/value/principal.ts'
import type { Thing } from '../../policy/request/request.ts'
import { type Pair, statesOf } from './affected-names.ts'
import { belowOrganization } from './affected-rows.ts'
import { byCodeUnits } from './affected-subjects.ts'

/** An agent, and the things over which its power may differ. */
export interface AffectedAgent {
  readonly agent: Agent
  readonly things: Iterable<Thing>
}

/**
 * The agents whose power over a thing may differ between two states, by what gives power: being an administrator, an
 * organization's admin, a team's manager, an account's manager alone or by a team. What a bigger power brings is left to it.
 */
export function affectedAgents(pair: Pair): Iterable<AffectedAgent> {
  const { before, after } = pair
  const suspects = new Agents(pair)
  if (before.administrators !== after.administrators) {
    for (const agent of [...before.administrators, ...after.administrators]) suspects.add(agent, { type: 'platform' })
  }
  for (const changed of changesBetween(before.users, after.users)) suspectUser(changed, suspects)
  for (const changed of changesBetween(before.teams, after.teams)) suspectTeam(changed, suspects)
  for (const changed of changesBetween(before.virtualAccounts, after.virtualAccounts)) {
    suspectVirtualAccount(changed, suspects)
  }
  for (const changed of changesBetween(before.organizations, after.organizations)) {
    suspectOrganization(changed, suspects)
  }
  for (const [id, old, now] of changesBetween(before.providerAccounts, after.providerAccounts)) {
    if (old === undefined || now === undefined) suspects.addHolders(id)
  }
  return suspects.all()
}

type Changed<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]
type Things = Map<Thing['type'], Map<string, Thing>>

class Agents {
  readonly pair: Pair
  readonly #things: Readonly<Record<Agent['type'], Map<string, Things>>> = {
    user: new Map(),
    virtualAccount: new Map(),
  }

  constructor(pair: Pair) {
    this.pair = pair
  }

  add({ type, id }: Agent, thing: Thing): void {
    const things: Things = this.#things[type].get(id) ?? new Map()
    this.#things[type].set(id, things)
    const ofType = things.get(thing.type) ?? new Map<string, Thing>()
    things.set(thing.type, ofType.set('id' in thing ? thing.id : '', thing))
  }

  /** An agent with everything over which it may have power. */
  addWhole(agent: Agent): void {
    const { type, id } = agent
    this.add(agent, { type: 'platform' })
    for (const { index } of statesOf(this.pair)) {
      const relation = type === 'user' ? index.userOrganizations : index.virtualAccountOrganizations
      for (const organization of related(relation, id)) this.add(agent, { type: 'organization', id: organization })
    }
    for (const { users, virtualAccounts } of statesOf(this.pair)) {
      const user = type === 'user' ? findRow(users, id) : undefined
      this.addManaged(agent, type === 'user' ? user : findRow(virtualAccounts, id))
      for (const { team } of user?.teams ?? []) this.addMember(id, team)
    }
  }

  /** The provider accounts that a row makes an agent a manager of, in whatever window. */
  addManaged(agent: Agent, row: Holdings | undefined): void {
    for (const { providerAccount, role } of row?.roleGrants ?? []) {
      if (role === 'manager') this.add(agent, { type: 'providerAccount', id: providerAccount })
    }
  }

  /** What being in a team may give a user. */
  addMember(user: string, team: string): void {
    const agent = { type: 'user', id: user } as const
    for (const { users, teams } of statesOf(this.pair)) {
      const membership = findRow(users, user)?.teams.find((place) => place.team === team)
      if (membership?.role === 'manager') this.add(agent, { type: 'teamMembers', id: team })
      this.addManaged(agent, findRow(teams, team))
    }
  }

  addMembers(team: string): void {
    for (const { index } of statesOf(this.pair)) {
      for (const user of related(index.teamMembers, team)) this.addMember(user, team)
    }
  }

  addAdmins(organization: string | undefined, thing: Thing): void {
    if (organization === undefined) return
    for (const { organizations } of statesOf(this.pair)) {
      for (const admin of findRow(organizations, organization)?.admins ?? []) this.add(admin, thing)
    }
  }

  /** Whoever has a role on a provider account, alone or by a team. */
  addHolders(providerAccount: string): void {
    const thing = { type: 'providerAccount', id: providerAccount } as const
    for (const { index } of statesOf(this.pair)) {
      for (const id of related(index.providerAccountUsers, providerAccount)) this.add({ type: 'user', id }, thing)
      for (const id of related(index.providerAccountVirtualAccounts, providerAccount)) {
        this.add({ type: 'virtualAccount', id }, thing)
      }
      for (const team of related(index.providerAccountTeams, providerAccount)) this.addMembers(team)
    }
  }

  *all(): IterableIterator<AffectedAgent> {
    for (const type of ['user', 'virtualAccount'] as const) {
      for (const id of [...this.#things[type].keys()].sort(byCodeUnits)) {
        const things = [...(this.#things[type].get(id)?.values() ?? [])].flatMap((ofType) => [...ofType.values()])
        yield { agent: { type, id }, things }
      }
    }
  }
}

function suspectUser([id, old, now]: Changed<User>, suspects: Agents): void {
  const agent = { type: 'user', id } as const
  if (old?.status !== now?.status) {
    suspects.addWhole(agent)
    return
  }
  if (old?.roleGrants !== now?.roleGrants) for (const row of [old, now]) suspects.addManaged(agent, row)
  if (old?.teams === now?.teams) return
  for (const { team } of [...(old?.teams ?? []), ...(now?.teams ?? [])]) suspects.addMember(id, team)
}

function suspectTeam([id, old, now]: Changed<Team>, suspects: Agents): void {
  const isOther = old?.status !== now?.status || old?.organization !== now?.organization
  if (isOther || managesElse(old, now)) suspects.addMembers(id)
  if (old?.organization === now?.organization) return
  for (const row of [old, now]) suspects.addAdmins(row?.organization, { type: 'teamMembers', id })
}

function suspectVirtualAccount([id, old, now]: Changed<VirtualAccount>, suspects: Agents): void {
  const agent = { type: 'virtualAccount', id } as const
  const isOther = old?.status !== now?.status || old?.organization !== now?.organization
  if (isOther) suspects.addWhole(agent)
  else if (managesElse(old, now)) for (const row of [old, now]) suspects.addManaged(agent, row)
  if (old?.organization === now?.organization) return
  for (const row of [old, now]) suspects.addAdmins(row?.organization, { type: 'virtualAccount', id })
}

/** Whether the roles of two rows may differ in whom they make a manager. */
function managesElse(old: Holdings | undefined, now: Holdings | undefined): boolean {
  return (
    old?.roleGrants !== now?.roleGrants &&
    [...(old?.roleGrants ?? []), ...(now?.roleGrants ?? [])].some(({ role }) => role === 'manager')
  )
}

function suspectOrganization([id, old, now]: Changed<Organization>, suspects: Agents): void {
  if (old?.status === now?.status && old?.admins === now?.admins) return
  suspects.addAdmins(id, { type: 'organization', id })
  if (old?.status === now?.status) return
  for (const team of belowOrganization('organizationTeams', id, suspects.pair)) suspects.addMembers(team)
  for (const account of belowOrganization('organizationVirtualAccounts', id, suspects.pair)) {
    suspects.addWhole({ type: 'virtualAccount', id: account })
  }
}
