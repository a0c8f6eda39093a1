import type { AccessGroupText } from '../../src/model/noun/access-group.ts'
import type { ModelAlias } from '../../src/model/noun/model-alias.ts'
import type { ProviderAccountText } from '../../src/model/noun/provider-account.ts'
import { founded, idOf, morning, requestSpan, statusOf } from './maker.ts'
import { emptyPopulation, type Population } from './population.ts'
import { Random } from './random.ts'
import type { RequestList, RequestText } from './request.ts'

/** The size of a world of teams: users in 1 to 3 teams, each team with three access groups and one role. */
export interface TeamWorldSize {
  readonly name: string
  readonly users: number
  readonly teams: number
}

export const teamWorldSizes: readonly TeamWorldSize[] = [
  { name: '1k', users: 1_000, teams: 100 },
  { name: '100k', users: 100_000, teams: 10_000 },
  { name: '1M', users: 1_000_000, teams: 100_000 },
]

/** A list of questions and, for each, whether the answer is yes. */
export interface Questions {
  readonly list: RequestList
  readonly answers: readonly boolean[]
}

const aliasCount = 200
const groupCount = 100
const accountCount = 20
const modelsPerAccount = 10
const organization = 'organization-0000'
const created = { createdAt: founded, incarnation: 0 }

/** Makes a world of teams. No team and no user is metered, so every call is free. The same size gives the same rows. */
export function makeTeamWorld({ users, teams }: TeamWorldSize): Population {
  const random = new Random(20_261_127)
  const providerAccounts = Array.from({ length: accountCount }, (_, i) => makeAccount(i))
  const modelAliases = Array.from({ length: aliasCount }, (_, i) => makeAlias(i, random))
  const accessGroups = Array.from({ length: groupCount }, (_, i) => makeGroup(i, random))
  const holder = { ...statusOf(false), metered: false, ...created }
  const teamRows = Array.from({ length: teams }, (_, i) => ({
    id: idOf('team', i, 6),
    organization,
    accessGroups: random.sample(accessGroups, 3).map(({ id }) => ({ accessGroup: id, windows: [{}] })),
    roleGrants: [{ providerAccount: random.pick(providerAccounts).id, role: 'user' as const, windows: [{}] }],
    invitations: [],
    creditedPlans: [],
    ...holder,
  }))
  const userRows = Array.from({ length: users }, (_, i) => ({
    id: idOf('user', i, 7),
    teams: random
      .sample(teamRows, random.between(1, 3))
      .map(({ id }) => ({ team: id, role: 'member' as const, accessGroups: [] })),
    accessGroups: [],
    roleGrants: [],
    ...holder,
  }))
  return {
    ...emptyPopulation,
    organizations: [
      {
        id: organization,
        ...statusOf(false),
        entitlement: { type: 'unlimited' },
        admins: [],
        accessGroups: [],
        ...created,
      },
    ],
    providerAccounts,
    modelAliases,
    accessGroups,
    teams: teamRows,
    users: userRows,
  }
}

const modelName = (i: number): string => `model-${String(i).padStart(3, '0')}`

function makeAccount(i: number): ProviderAccountText {
  const models = Array.from({ length: modelsPerAccount }, (_, m) => ({ id: modelName(m), ...statusOf(false) }))
  return { id: idOf('account', i, 2), ...statusOf(false), anyModel: false, settings: {}, models, ...created }
}

function makeAlias(i: number, random: Random): ModelAlias {
  const target = {
    providerAccount: idOf('account', i % accountCount, 2),
    model: modelName(random.below(modelsPerAccount)),
  }
  return { id: idOf('alias', i, 4), targets: [target], lifecycle: { type: 'active' }, createdAt: founded }
}

function makeGroup(i: number, random: Random): AccessGroupText {
  const members = new Set(Array.from({ length: 5 }, () => idOf('alias', random.below(aliasCount), 4)))
  const asMembers = [...members].map((alias) => ({ type: 'alias' as const, alias }))
  return { id: idOf('group', i, 4), members: asMembers, createdAt: founded }
}

/**
 * Makes distinct questions, about half with the answer yes: may this user use this alias or model, on behalf of one of its
 * teams or of none that it names? Computes the answers from the rows of the population, by no engine.
 */
export function makeQuestions(population: Population, count: number, seed: number): Questions {
  const random = new Random(seed)
  const rows = new RowReader(population)
  const texts = new Map<string, boolean>()
  const outcomes = new Map<string, number>()
  while (texts.size < count) {
    const user = random.pick(population.users)
    const own = user.teams.map(({ team }) => team)
    const team = random.chance(0.5) ? random.pick(own) : undefined
    const model = random.chance(0.45) ? rows.pickHeld(random.pick(own), random) : rows.pickAny(random)
    const request: RequestText = {
      type: 'use',
      who: { type: 'user', id: user.id },
      model,
      ...(team === undefined ? {} : { team }),
      at: morning + random.below(requestSpan),
    }
    const text = JSON.stringify(request)
    if (texts.has(text)) continue
    const answer = (team === undefined ? own : [team]).some((id) => rows.gives(id, model))
    texts.set(text, answer)
    const outcome = answer ? 'yes' : 'no'
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  return { list: { text: `[${[...texts.keys()].join(',')}]`, count, outcomes }, answers: [...texts.values()] }
}

/** Reads from the rows of a population which models a team has. */
class RowReader {
  readonly #population: Population
  readonly #teams: ReadonlyMap<string, Population['teams'][number]>
  readonly #groups: ReadonlyMap<string, readonly string[]>

  constructor(population: Population) {
    this.#population = population
    this.#teams = new Map(population.teams.map((row) => [row.id, row]))
    this.#groups = new Map(
      population.accessGroups.map(({ id, members }) => [
        id,
        members.flatMap((member) => (member.type === 'alias' ? [member.alias] : [])),
      ]),
    )
  }

  /** Whether a team has a model: by a group with the alias, or by its role on the account of the model. */
  gives(id: string, model: string): boolean {
    const { accessGroups = [], roleGrants = [] } = this.#teams.get(id) ?? {}
    const alias = this.#population.modelAliases.find((row) => row.id === model)
    const accounts = alias?.targets.map(({ providerAccount }) => providerAccount) ?? [model.split('/')[0]]
    return (
      accessGroups.some(({ accessGroup }) => this.#groups.get(accessGroup)?.includes(model)) ||
      roleGrants.some(({ providerAccount }) => accounts.includes(providerAccount))
    )
  }

  /** An alias of a group of a team. */
  pickHeld(team: string, random: Random): string {
    const groups = this.#teams.get(team)?.accessGroups ?? []
    return random.pick(this.#groups.get(random.pick(groups).accessGroup) ?? [])
  }

  /** Any alias, or any model of an account. */
  pickAny(random: Random): string {
    const { modelAliases, providerAccounts } = this.#population
    if (random.chance(0.7)) return random.pick(modelAliases).id
    const account = random.pick(providerAccounts)
    return `${account.id}/${random.pick(account.models).id}`
  }
}
