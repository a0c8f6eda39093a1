import { createMongoAbility, type MongoAbility } from '@casl/ability'
import type { BenchRequest, Engine, EngineDecision } from './engine.ts'
import type { Gateway } from './gateway.ts'
import type { Population } from './population.ts'

const yes: EngineDecision = { effect: 'allow', routes: [{ providerAccount: '', model: '' }], payer: { type: 'none' } }
const no: EngineDecision = { effect: 'deny', reason: 'model_not_granted' }

/** A team as nested Maps have it: its groups, each a Set of aliases, and the accounts of its role. */
interface Team {
  readonly groups: readonly ReadonlySet<string>[]
  readonly accounts: ReadonlySet<string>
}

/** The nested Maps and Sets of a world of teams. Windows, restrictions, scopes and payers are left out: the world has none. */
interface Maps {
  readonly users: ReadonlyMap<string, ReadonlyMap<string, Team>>
  /** For each name that can be requested, the accounts of its targets. */
  readonly names: ReadonlyMap<string, readonly string[]>
}

function makeMaps({ users, teams, accessGroups, modelAliases, providerAccounts }: Population): Maps {
  const groups = new Map(
    accessGroups.map(({ id, members }) => [
      id,
      new Set(members.flatMap((member) => (member.type === 'alias' ? [member.alias] : []))),
    ]),
  )
  const byId = new Map(
    teams.map(({ id, accessGroups: held, roleGrants }): [string, Team] => [
      id,
      {
        groups: held.map(({ accessGroup }) => groups.get(accessGroup) ?? new Set()),
        accounts: new Set(roleGrants.map(({ providerAccount }) => providerAccount)),
      },
    ]),
  )
  const ofUser = (own: Population['users'][number]['teams']): ReadonlyMap<string, Team> =>
    new Map(own.map(({ team }) => [team, byId.get(team) as Team]))
  return {
    users: new Map(users.map((row) => [row.id, ofUser(row.teams)])),
    names: new Map([
      ...modelAliases.map(({ id, targets }): [string, string[]] => [
        id,
        targets.map(({ providerAccount }) => providerAccount),
      ]),
      ...providerAccounts.flatMap(({ id, models }) =>
        models.map((model): [string, string[]] => [`${id}/${model.id}`, [id]]),
      ),
    ]),
  }
}

function gives({ groups, accounts }: Team, model: string, targets: readonly string[]): boolean {
  for (const group of groups) if (group.has(model)) return true
  for (const account of targets) if (accounts.has(account)) return true
  return false
}

/** The least that answers yes or no in a world of teams: nested Maps and Sets. */
export function nestedMaps(population: Population): Engine {
  const { users, names } = makeMaps(population)
  const isYes = ({ who, model, team }: BenchRequest): boolean => {
    const teams = users.get(who.id)
    const targets = names.get(model)
    if (teams === undefined || targets === undefined) return false
    if (team !== undefined) {
      const named = teams.get(team)
      return named !== undefined && gives(named, model, targets)
    }
    for (const one of teams.values()) if (gives(one, model, targets)) return true
    return false
  }
  return { name: 'nested Maps', decide: (request) => (isYes(request) ? yes : no), givesReasons: false }
}

/**
 * CASL with a cached ability for each user, made at the user's first question. Its subjects are names, and its actions are
 * `use` for any of the user's teams, and the id of a team for that team.
 */
export function caslByUser(population: Population): Engine {
  const users = new Map(population.users.map((row) => [row.id, row.teams.map(({ team }) => team)]))
  const rules = new RulesOfTeams(population)
  const abilities = new Map<string, MongoAbility>()
  const abilityOf = (user: string): MongoAbility => {
    const known = abilities.get(user)
    if (known !== undefined) return known
    const granted = (users.get(user) ?? []).flatMap((team) => {
      const subject = rules.namesOf(team)
      return [
        { action: 'use', subject },
        { action: team, subject },
      ]
    })
    const made = createMongoAbility(granted)
    abilities.set(user, made)
    return made
  }
  const decide = ({ who, model, team }: BenchRequest): EngineDecision =>
    abilityOf(who.id).can(team ?? 'use', model) ? yes : no
  return { name: 'casl, an ability for each user', decide, givesReasons: false }
}

/** Lists the names that a team has, by its groups and its roles. */
class RulesOfTeams {
  readonly #teams: ReadonlyMap<string, Population['teams'][number]>
  readonly #byGroup: ReadonlyMap<string, string[]>
  readonly #byAccount: ReadonlyMap<string, string[]>

  constructor({ teams, accessGroups, modelAliases, providerAccounts }: Population) {
    this.#teams = new Map(teams.map((row) => [row.id, row]))
    this.#byGroup = new Map(
      accessGroups.map(({ id, members }) => [
        id,
        members.flatMap((member) => (member.type === 'alias' ? [member.alias] : [])),
      ]),
    )
    this.#byAccount = new Map(
      providerAccounts.map(({ id, models }) => [
        id,
        [
          ...models.map((model) => `${id}/${model.id}`),
          ...modelAliases
            .filter(({ targets }) => targets.some(({ providerAccount }) => providerAccount === id))
            .map((alias) => alias.id),
        ],
      ]),
    )
  }

  namesOf(team: string): string[] {
    const { accessGroups = [], roleGrants = [] } = this.#teams.get(team) ?? {}
    return [
      ...accessGroups.flatMap(({ accessGroup }) => this.#byGroup.get(accessGroup) ?? []),
      ...roleGrants.flatMap(({ providerAccount }) => this.#byAccount.get(providerAccount) ?? []),
    ]
  }
}

/** Gives every user of a gateway a credential with the user's own id, for engines that start from a credential. */
export function withCredentials(gateway: Gateway): Gateway {
  const credentials = new Map(
    [...gateway.users.keys()].map((id) => [
      id,
      {
        id,
        ownerType: 'user' as const,
        owner: id,
        team: undefined,
        revoked: false,
        expiresAt: Number.POSITIVE_INFINITY,
        scope: undefined,
      },
    ]),
  )
  return { ...gateway, credentials }
}
