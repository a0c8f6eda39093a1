import type { Command } from '../../src/change/message/command.ts'
import type { Actor, Principal } from '../../src/model/value/principal.ts'
import { morning } from './maker.ts'
import type { Population } from './population.ts'
import { Random } from './random.ts'

/** What a busy day asks of `apply`, and how often, in thousandths. Everything here leaves as many events at any size. */
const makers: readonly (readonly [share: number, make: (day: Day) => Body])[] = [
  [120, (day) => ({ type: 'AddTeamMember', team: day.team(), user: day.user() })],
  [60, (day) => ({ type: 'RemoveTeamMember', ...day.membership() })],
  [30, (day) => ({ type: 'ChangeTeamMemberRole', ...day.membership(), role: 'manager' })],
  [40, (day) => ({ type: 'SetDefaultTeam', user: day.user(), team: null })],
  [80, (day) => ({ type: 'GrantRole', principal: day.principal(), providerAccount: day.account(), role: 'user' })],
  [20, (day) => ({ type: 'RevokeRole', ...day.roleGrant() })],
  [70, (day) => ({ type: 'AssignAccessGroup', accessGroup: day.group(), principal: day.principal() })],
  [
    30,
    (day) => ({
      type: 'AssignAccessGroup',
      accessGroup: day.group(),
      principal: day.principal(),
      expiresAt: morning + 604_800_000,
    }),
  ],
  [30, (day) => ({ type: 'UnassignAccessGroup', ...day.assignment() })],
  [20, (day) => ({ type: 'SetAccessGroups', principal: day.principal(), accessGroups: [day.group(), day.group()] })],
  [
    90,
    (day) => ({ type: 'IssueCredential', credential: day.name('token'), owner: day.principal(), digest: day.digest() }),
  ],
  [40, (day) => ({ type: 'RotateCredential', credential: day.credential(), digest: day.digest() })],
  [40, (day) => ({ type: 'RevokeCredential', credential: day.credential() })],
  [50, (day) => ({ type: 'SuspendUser', user: day.user() })],
  [20, (day) => ({ type: 'ActivateUser', user: day.user() })],
  [70, (day) => ({ type: 'CreateUser', user: day.name('user'), name: 'Somebody New' })],
  [10, (day) => ({ type: 'DeleteUser', user: day.user() })],
  [
    20,
    (day) => ({
      type: 'CreateTeam',
      team: day.name('team'),
      organization: day.organization(),
      accessGroups: [day.group()],
    }),
  ],
  [10, (day) => ({ type: 'SuspendTeam', team: day.team() })],
  [20, (day) => ({ type: 'SetTeamPlan', team: day.team(), plan: day.plan() })],
  [
    10,
    (day) => ({
      type: 'CreateVirtualAccount',
      virtualAccount: day.name('application'),
      organization: day.organization(),
    }),
  ],
  [
    30,
    (day) => ({
      type: 'AddAccessGroupMembers',
      accessGroup: day.group(),
      members: [{ type: 'alias', alias: day.alias() }],
    }),
  ],
  [20, (day) => ({ type: 'CreateModelAlias', alias: day.name('alias'), targets: [day.target()] })],
  [10, (day) => ({ type: 'SetModelAliasTargets', alias: day.alias(), targets: [day.target()] })],
  [10, (day) => ({ type: 'SuspendModel', ...day.target() })],
  [10, (day) => ({ type: 'AddModels', providerAccount: day.account(), models: [day.name('model')] })],
  [
    20,
    (day) => ({
      type: 'CreateRestriction',
      restriction: day.name('restriction'),
      subject: day.principal(),
      selector: { type: 'alias', alias: day.alias() },
    }),
  ],
  [20, (day) => ({ type: 'AllocateCredits', principal: day.principal(), amount: '12.5' })],
]

type WithoutHeading<T> = T extends Command ? Omit<T, 'actor' | 'at'> : never
type Body = WithoutHeading<Command>

/** Commands about one population, one after the other. Not all are sensible: a user may be gone by then. */
export class Day {
  readonly #population: Population
  readonly #random = new Random(99)
  readonly #draw: readonly ((day: Day) => Body)[]
  #made = 0

  constructor(population: Population) {
    this.#population = population
    this.#draw = makers.flatMap(([share, make]) => new Array<(day: Day) => Body>(share / 10).fill(make))
  }

  /** The next command. */
  next(): Command {
    this.#made += 1
    const make = this.#random.pick(this.#draw)
    return { ...make(this), actor: this.#actor(), at: morning + this.#made } as Command
  }

  #actor(): Actor {
    const [administrator] = this.#population.administrators
    return administrator === undefined || this.#random.chance(0.5) ? { type: 'system' } : administrator
  }

  name(noun: string): string {
    return `${noun}-of-today-${this.#made}`
  }

  digest(): string {
    return this.#random.digest()
  }

  /** Anybody but the administrator who acts. */
  user(): string {
    const { users } = this.#population
    return (users[this.#random.between(2, users.length - 1)] as Population['users'][number]).id
  }

  team(): string {
    return this.#random.pick(this.#population.teams).id
  }

  organization(): string {
    return this.#random.pick(this.#population.organizations).id
  }

  plan(): string {
    return this.#random.pick(this.#population.plans).id
  }

  group(): string {
    return this.#random.pick(this.#population.accessGroups).id
  }

  alias(): string {
    return this.#random.pick(this.#population.modelAliases).id
  }

  account(): string {
    return this.#random.pick(this.#population.providerAccounts).id
  }

  credential(): string {
    return this.#random.pick(this.#population.credentials).id
  }

  target(): { providerAccount: string; model: string } {
    const account = this.#random.pick(this.#population.providerAccounts)
    return { providerAccount: account.id, model: this.#random.pick(account.models).id }
  }

  principal(): Principal {
    const kind = this.#random.below(10)
    if (kind < 6) return { type: 'user', id: this.user() }
    if (kind < 9) return { type: 'team', id: this.team() }
    return { type: 'virtualAccount', id: this.#random.pick(this.#population.virtualAccounts).id }
  }

  membership(): { team: string; user: string } {
    const user = this.#random.pick(this.#population.users)
    return { user: user.id, team: this.#random.pick(user.teams).team }
  }

  roleGrant(): { principal: Principal; providerAccount: string; role: 'manager' | 'user' } {
    for (;;) {
      const team = this.#random.pick(this.#population.teams)
      const [grant] = team.roleGrants
      if (grant !== undefined) {
        return { principal: { type: 'team', id: team.id }, providerAccount: grant.providerAccount, role: grant.role }
      }
    }
  }

  assignment(): { principal: Principal; accessGroup: string } {
    const team = this.#random.pick(this.#population.teams)
    return { principal: { type: 'team', id: team.id }, accessGroup: this.#random.pick(team.accessGroups).accessGroup }
  }
}
