import type { Holdings } from '../../model/noun/holding.ts'
import type { Organization } from '../../model/noun/organization.ts'
import type { Team } from '../../model/noun/team.ts'
import { membershipIn, type User } from '../../model/noun/user.ts'
import type { VirtualAccount } from '../../model/noun/virtual-account.ts'
import { related } from '../../model/table/relation.ts'
import { changesBetween, findRow } from '../../model/table/table.ts'
import type { Agent } from '../../model/value/principal.ts'
import type { Thing } from '../../policy/request/request.ts'
import { type StatePair, statesOf } from './affected-names.ts'
import { belowOrganization } from './affected-rows.ts'
import { byCodeUnits } from './affected-subjects.ts'

/** An agent and the things to compare: those over which the agent's power may differ between two states. */
export interface AffectedAgent {
  readonly agent: Agent
  readonly things: Iterable<Thing>
}

/**
 * The agents whose power over a thing may differ between two states. Found from the rows that give power:
 * administrators, organization admins, team managers, and managers of a provider account, directly or through a team. A
 * thing that a listed larger thing includes is not listed separately.
 */
export function affectedAgents(pair: StatePair): Iterable<AffectedAgent> {
  const { before, after } = pair
  const affected = new AgentCollector(pair)
  if (before.administrators !== after.administrators) {
    for (const agent of [...before.administrators, ...after.administrators]) affected.add(agent, { type: 'platform' })
  }
  for (const changed of changesBetween(before.users, after.users)) collectUser(changed, affected)
  for (const changed of changesBetween(before.teams, after.teams)) collectTeam(changed, affected)
  for (const changed of changesBetween(before.virtualAccounts, after.virtualAccounts)) {
    collectVirtualAccount(changed, affected)
  }
  for (const changed of changesBetween(before.organizations, after.organizations)) {
    collectOrganization(changed, affected)
  }
  for (const [id, old, now] of changesBetween(before.providerAccounts, after.providerAccounts)) {
    if (old === undefined || now === undefined) affected.addHolders(id)
  }
  return affected.all()
}

type Changed<Row> = readonly [id: string, before: Row | undefined, after: Row | undefined]
type Things = Map<Thing['type'], Map<string, Thing>>

/**
 * Collects agents, each with the things over which the agent's power may differ. Each pair of agent and thing is
 * collected once.
 */
class AgentCollector {
  readonly pair: StatePair
  readonly #things: Readonly<Record<Agent['type'], Map<string, Things>>> = {
    user: new Map(),
    virtualAccount: new Map(),
  }

  constructor(pair: StatePair) {
    this.pair = pair
  }

  add({ type, id }: Agent, thing: Thing): void {
    const things: Things = this.#things[type].get(id) ?? new Map()
    this.#things[type].set(id, things)
    const ofType = things.get(thing.type) ?? new Map<string, Thing>()
    things.set(thing.type, ofType.set('id' in thing ? thing.id : '', thing))
  }

  /** Adds an agent together with every thing over which the agent may have power in either state. */
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

  /**
   * Adds the provider accounts that an agent may manage by the manager roles in a row. Ignores the windows of roles.
   */
  addManaged(agent: Agent, row: Holdings | undefined): void {
    for (const { providerAccount, role } of row?.roleGrants ?? []) {
      if (role === 'manager') this.add(agent, { type: 'providerAccount', id: providerAccount })
    }
  }

  /**
   * Adds the things that a user may manage because the user is in a team: the team's members and provider accounts.
   */
  addMember(user: string, team: string): void {
    const agent = { type: 'user', id: user } as const
    for (const { users, teams } of statesOf(this.pair)) {
      const membership = membershipIn(findRow(users, user)?.teams ?? [], team)
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

  /**
   * Adds every agent with a role on a provider account. The role may belong to the agent itself or to a team of the
   * agent.
   */
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

function collectUser([id, old, now]: Changed<User>, affected: AgentCollector): void {
  const agent = { type: 'user', id } as const
  if (old?.status !== now?.status) {
    affected.addWhole(agent)
    return
  }
  if (old?.roleGrants !== now?.roleGrants) for (const row of [old, now]) affected.addManaged(agent, row)
  if (old?.teams === now?.teams) return
  for (const { team } of [...(old?.teams ?? []), ...(now?.teams ?? [])]) affected.addMember(id, team)
}

function collectTeam([id, old, now]: Changed<Team>, affected: AgentCollector): void {
  const isOther = old?.status !== now?.status || old?.organization !== now?.organization
  if (isOther || mayManageOthers(old, now)) affected.addMembers(id)
  if (old?.organization === now?.organization) return
  for (const row of [old, now]) affected.addAdmins(row?.organization, { type: 'teamMembers', id })
}

function collectVirtualAccount([id, old, now]: Changed<VirtualAccount>, affected: AgentCollector): void {
  const agent = { type: 'virtualAccount', id } as const
  const isOther = old?.status !== now?.status || old?.organization !== now?.organization
  if (isOther) affected.addWhole(agent)
  else if (mayManageOthers(old, now)) for (const row of [old, now]) affected.addManaged(agent, row)
  if (old?.organization === now?.organization) return
  for (const row of [old, now]) affected.addAdmins(row?.organization, { type: 'virtualAccount', id })
}

/** Whether the roles of two rows differ and include a manager role. */
function mayManageOthers(old: Holdings | undefined, now: Holdings | undefined): boolean {
  return (
    old?.roleGrants !== now?.roleGrants &&
    [...(old?.roleGrants ?? []), ...(now?.roleGrants ?? [])].some(({ role }) => role === 'manager')
  )
}

function collectOrganization([id, old, now]: Changed<Organization>, affected: AgentCollector): void {
  if (old?.status === now?.status && old?.admins === now?.admins) return
  affected.addAdmins(id, { type: 'organization', id })
  if (old?.status === now?.status) return
  for (const team of belowOrganization('organizationTeams', id, affected.pair)) affected.addMembers(team)
  for (const account of belowOrganization('organizationVirtualAccounts', id, affected.pair)) {
    affected.addWhole({ type: 'virtualAccount', id: account })
  }
}
