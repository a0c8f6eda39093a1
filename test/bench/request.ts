import type { Credential } from '../../src/model/noun/credential.ts'
import type { DenialReason } from '../../src/policy/decision/denial.ts'
import type { BenchRequest, Engine } from './engine.ts'
import { morning, requestSpan } from './maker.ts'
import type { Population } from './population.ts'
import { Random } from './random.ts'

/** Requests as a JSON string, and the number with each outcome. */
export interface RequestList {
  readonly text: string
  readonly count: number
  readonly outcomes: ReadonlyMap<string, number>
}

/** A request as JSON: amounts of credits are decimal strings of units. */
export interface RequestText extends Omit<BenchRequest, 'credits'> {
  readonly credits?: { readonly available: string; readonly estimate?: string }
}

/**
 * The wanted share of each outcome, in thousandths: mostly allowed, and every denial that a credential can cause. Without
 * `principal_unknown`, since no valid state has a credential without its owner.
 */
const mix: readonly (readonly [outcome: DenialReason | 'allow', share: number])[] = [
  ['allow', 800],
  ['model_not_granted', 60],
  ['credits_exhausted', 20],
  ['credential_unknown', 10],
  ['credential_revoked', 10],
  ['credential_expired', 10],
  ['principal_suspended', 10],
  ['team_unknown', 5],
  ['team_not_member', 10],
  ['team_suspended', 5],
  ['organization_suspended', 5],
  ['model_unknown', 10],
  ['model_retired', 10],
  ['model_restricted', 10],
  ['credential_out_of_scope', 10],
  ['model_unavailable', 10],
  ['payer_ambiguous', 5],
]

/** Makes distinct requests in the wanted mix, in random order. `baseline` tells the outcome of each candidate. */
export function makeRequests(population: Population, baseline: Engine, count: number, seed = 7): RequestList {
  const random = new Random(seed)
  const maker = new RequestMaker(population, random)
  const wanted = new Map(mix.map(([outcome, share]) => [outcome as string, Math.round((share * count) / 1000)]))
  const seen = new Set<string>()
  const outcomes = new Map<string, number>()
  const texts: string[] = []
  for (let attempt = 0; texts.length < count && attempt < 60 * count; attempt += 1) {
    const candidate = JSON.stringify(maker.make())
    const answer = baseline.decide(readRequest(JSON.parse(candidate)))
    const outcome = answer.effect === 'allow' ? 'allow' : answer.reason
    const sofar = outcomes.get(outcome) ?? 0
    if (sofar >= (wanted.get(outcome) ?? 0) || seen.has(candidate)) continue
    seen.add(candidate)
    outcomes.set(outcome, sofar + 1)
    texts.push(candidate)
  }
  for (let i = texts.length - 1; i > 0; i -= 1) {
    const other = random.below(i + 1)
    const text = texts[i] as string
    texts[i] = texts[other] as string
    texts[other] = text
  }
  return { text: `[${texts.join(',')}]`, count: texts.length, outcomes }
}

/** Parses the requests into new objects with new strings, like those of a gateway, whose strings have not been hashed yet. */
export function readRequests(list: RequestList): readonly BenchRequest[] {
  return (JSON.parse(list.text) as RequestText[]).map(readRequest)
}

/** Creates each request with the same hidden class, like the one place of a gateway that makes requests. */
function readRequest({ who, model, team, at, credits }: RequestText): BenchRequest {
  return { type: 'use', who: { type: who.type, id: who.id }, model, team, at, credits: readCredits(credits) }
}

function readCredits(credits: RequestText['credits']): BenchRequest['credits'] {
  if (credits === undefined) return undefined
  const { available, estimate } = credits
  return { available: BigInt(available), estimate: estimate === undefined ? undefined : BigInt(estimate) }
}

type Holder = Population['teams' | 'users' | 'virtualAccounts'][number]

/** Makes random requests, most of them for models that the caller has access to. */
class RequestMaker {
  readonly #population: Population
  readonly #random: Random
  readonly #users: ReadonlyMap<string, Population['users'][number]>
  readonly #teams: ReadonlyMap<string, Population['teams'][number]>
  readonly #virtualAccounts: ReadonlyMap<string, Population['virtualAccounts'][number]>
  readonly #groups: ReadonlyMap<string, Population['accessGroups'][number]>
  readonly #plans: ReadonlyMap<string, Population['plans'][number]>
  readonly #keys: readonly Credential[]

  constructor(population: Population, random: Random) {
    const byId = <Row extends { readonly id: string }>(rows: readonly Row[]) =>
      new Map(rows.map((row) => [row.id, row]))
    this.#population = population
    this.#random = random
    this.#users = byId(population.users)
    this.#teams = byId(population.teams)
    this.#virtualAccounts = byId(population.virtualAccounts)
    this.#groups = byId(population.accessGroups)
    this.#plans = byId(population.plans)
    this.#keys = population.credentials.slice(population.users.length)
  }

  make(): RequestText {
    const random = this.#random
    const credential = random.chance(0.75) ? this.#token() : random.pick(this.#keys)
    const own = this.#teamsOf(credential)
    const team = this.#named(credential, own)
    const acting = team ?? credential.team ?? random.pick(own.length > 0 ? own : ['none'])
    const id = random.chance(0.005) ? `${credential.id}-lost` : credential.id
    return {
      type: 'use',
      who: { type: 'credential', id },
      model: this.#model(credential, acting),
      ...(team === undefined ? {} : { team }),
      at: morning + random.below(requestSpan),
      ...(random.chance(0.3) ? { credits: this.#credits() } : {}),
    }
  }

  #token(): Credential {
    const { credentials, users } = this.#population
    return credentials[this.#random.below(users.length)] as Credential
  }

  #teamsOf({ owner }: Credential): readonly string[] {
    if (owner.type === 'team') return [owner.id]
    return owner.type === 'user' ? (this.#users.get(owner.id)?.teams ?? []).map(({ team }) => team) : []
  }

  #named({ owner }: Credential, own: readonly string[]): string | undefined {
    const random = this.#random
    if (random.chance(0.01)) return random.pick(this.#population.teams).id
    if (random.chance(0.005)) return 'unknown-team'
    return owner.type !== 'virtualAccount' && own.length > 0 && random.chance(0.25) ? random.pick(own) : undefined
  }

  #model(credential: Credential, team: string): string {
    const random = this.#random
    const kind = random.below(100)
    if (kind < 1) return 'unknown-model-9000'
    if (kind < 6) return random.pick(this.#population.modelAliases).id
    const holder = random.chance(0.1) ? this.#owner(credential) : (this.#teams.get(team) ?? this.#owner(credential))
    const roles = holder?.roleGrants ?? []
    if (roles.length > 0 && random.chance(0.5)) return this.#modelOf(random.pick(roles).providerAccount)
    const planId = holder !== undefined && 'plan' in holder ? holder.plan : undefined
    const plan = typeof planId === 'string' ? this.#plans.get(planId) : undefined
    const groups = [
      ...(holder?.accessGroups ?? []).map(({ accessGroup }) => accessGroup),
      ...(plan?.accessGroups ?? []),
    ]
    if (groups.length === 0) return random.pick(this.#population.modelAliases).id
    const member = random.pick(this.#groups.get(random.pick(groups))?.members ?? [])
    return member?.type === 'alias' ? member.alias : random.pick(this.#population.modelAliases).id
  }

  #owner({ owner }: Credential): Holder | undefined {
    if (owner.type === 'user') return this.#users.get(owner.id)
    return (owner.type === 'team' ? this.#teams : this.#virtualAccounts).get(owner.id)
  }

  #modelOf(id: string): string {
    const { providerAccounts } = this.#population
    const account = providerAccounts.find((row) => row.id === id) ?? this.#random.pick(providerAccounts)
    return `${account.id}/${this.#random.pick(account.models).id}`
  }

  #credits(): { available: string; estimate?: string } {
    const random = this.#random
    const available = random.chance(0.15) ? '0' : String(random.between(1, 1_000_000))
    return random.chance(0.6) ? { available, estimate: String(random.between(1, 20_000)) } : { available }
  }
}
