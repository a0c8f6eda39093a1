import type { Command } from '../../src/change/message/command.ts'
import type { Actor, Principal } from '../../src/model/value/principal.ts'
import { morning } from './maker.ts'
import type { Population } from './population.ts'
import { Random } from './random.ts'

/** The commands of a busy day with their shares in thousandths. Each causes the same number of events at every population size. */
const makers: readonly (readonly [share: number, make: (stream: CommandStream) => Body])[] = [
  [120, (stream) => ({ type: 'AddTeamMember', team: stream.team(), user: stream.user() })],
  [60, (stream) => ({ type: 'RemoveTeamMember', ...stream.membership() })],
  [30, (stream) => ({ type: 'ChangeTeamMemberRole', ...stream.membership(), role: 'manager' })],
  [40, (stream) => ({ type: 'SetDefaultTeam', user: stream.user(), team: null })],
  [
    80,
    (stream) => ({ type: 'GrantRole', principal: stream.principal(), providerAccount: stream.account(), role: 'user' }),
  ],
  [20, (stream) => ({ type: 'RevokeRole', ...stream.roleGrant() })],
  [70, (stream) => ({ type: 'AssignAccessGroup', accessGroup: stream.group(), principal: stream.principal() })],
  [
    30,
    (stream) => ({
      type: 'AssignAccessGroup',
      accessGroup: stream.group(),
      principal: stream.principal(),
      expiresAt: morning + 604_800_000,
    }),
  ],
  [30, (stream) => ({ type: 'UnassignAccessGroup', ...stream.assignment() })],
  [
    20,
    (stream) => ({
      type: 'SetAccessGroups',
      principal: stream.principal(),
      accessGroups: [stream.group(), stream.group()],
    }),
  ],
  [
    90,
    (stream) => ({
      type: 'IssueCredential',
      credential: stream.name('token'),
      owner: stream.principal(),
      digest: stream.digest(),
    }),
  ],
  [40, (stream) => ({ type: 'RotateCredential', credential: stream.credential(), digest: stream.digest() })],
  [40, (stream) => ({ type: 'RevokeCredential', credential: stream.credential() })],
  [50, (stream) => ({ type: 'SuspendUser', user: stream.user() })],
  [20, (stream) => ({ type: 'ActivateUser', user: stream.user() })],
  [70, (stream) => ({ type: 'CreateUser', user: stream.name('user'), name: 'New User' })],
  [10, (stream) => ({ type: 'DeleteUser', user: stream.user() })],
  [
    20,
    (stream) => ({
      type: 'CreateTeam',
      team: stream.name('team'),
      organization: stream.organization(),
      accessGroups: [stream.group()],
    }),
  ],
  [10, (stream) => ({ type: 'SuspendTeam', team: stream.team() })],
  [20, (stream) => ({ type: 'SetTeamPlan', team: stream.team(), plan: stream.plan() })],
  [
    10,
    (stream) => ({
      type: 'CreateVirtualAccount',
      virtualAccount: stream.name('application'),
      organization: stream.organization(),
    }),
  ],
  [
    30,
    (stream) => ({
      type: 'AddAccessGroupMembers',
      accessGroup: stream.group(),
      members: [{ type: 'alias', alias: stream.alias() }],
    }),
  ],
  [20, (stream) => ({ type: 'CreateModelAlias', alias: stream.name('alias'), targets: [stream.target()] })],
  [10, (stream) => ({ type: 'SetModelAliasTargets', alias: stream.alias(), targets: [stream.target()] })],
  [10, (stream) => ({ type: 'SuspendModel', ...stream.target() })],
  [10, (stream) => ({ type: 'AddModels', providerAccount: stream.account(), models: [stream.name('model')] })],
  [
    20,
    (stream) => ({
      type: 'CreateRestriction',
      restriction: stream.name('restriction'),
      subject: stream.principal(),
      selector: { type: 'alias', alias: stream.alias() },
    }),
  ],
  [20, (stream) => ({ type: 'AllocateCredits', principal: stream.principal(), amount: '12.5' })],
]

type Unattributed<T> = T extends Command ? Omit<T, 'actor' | 'at'> : never
type Body = Unattributed<Command>

/** A random stream of commands about one population. Some are rejected, for example because a user is deleted by then. */
export class CommandStream {
  readonly #population: Population
  readonly #random = new Random(99)
  readonly #draw: readonly ((stream: CommandStream) => Body)[]
  #made = 0

  constructor(population: Population) {
    this.#population = population
    this.#draw = makers.flatMap(([share, make]) => new Array<(stream: CommandStream) => Body>(share / 10).fill(make))
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

  /** Any user except the acting administrator. */
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
