import type { Route, State, UseDecision, Wallet } from 'portcullis'
import type { Admission } from 'portcullis/engine'
import type { LedgerRefusal } from 'portcullis/ledger'
import { costOf, findPrice, type Price } from './catalogue.ts'
import type { Host } from './host.ts'
import type { Random } from './random.ts'
import type { Ask } from './traffic.ts'

/** A request to the gateway, with its decision and outcome. */
export interface Call {
  readonly ask: Ask
  readonly decision: UseDecision
  /** The state on which the decision was made. */
  readonly state: State
  readonly microseconds: number
  /** Why the ledger refused to reserve the estimate of an allowed call. */
  readonly refusal?: LedgerRefusal
  /**
   * The outcome of the call. `refused`: by the policy or by the ledger. `unpriced`: allowed, but no route has a price.
   * `failed`: every route failed. `lost`: the gateway died and never settled the hold. `served`: the index of the
   * successful route in the decision.
   */
  readonly outcome: 'refused' | 'unpriced' | 'failed' | 'lost' | { readonly served: number }
}

/** The end of an admitted call at an instant. */
interface Ending {
  readonly at: number
  readonly admission: Admission
  /** The cost of the call. Absent for a failed call. */
  readonly cost?: bigint
}

type PricedRoute = readonly [place: number, price: Price]

/** A small AI gateway. The upstream calls are simulated; the engine decides access, routes and credits. */
export class Gateway {
  readonly calls: Call[] = []
  /** By wallet id: the total cost of the served calls, counted independently of the ledger. */
  readonly costs = new Map<Wallet['id'], bigint>()
  readonly #host: Host
  readonly #random: Random
  #endings: Ending[] = []

  constructor(host: Host, random: Random) {
    this.#host = host
    this.#random = random
  }

  async handle(ask: Ask): Promise<void> {
    const { engine, clock, state } = this.#host
    clock.set(ask.request.at)
    const started = performance.now()
    const decision = engine.authorize(ask.request)
    const microseconds = (performance.now() - started) * 1000
    if (decision.effect === 'deny' && decision.reason === 'policy_unavailable') throw new Error(decision.message)
    this.calls.push({ ask, state, microseconds, decision, ...(await this.#serve(ask, decision)) })
  }

  /** Ends all calls that finish by an instant. Each call ends at its own time. */
  async settleUntil(at: number): Promise<void> {
    const due = this.#endings.filter((ending) => ending.at <= at).sort((a, b) => a.at - b.at)
    this.#endings = this.#endings.filter((ending) => ending.at > at)
    for (const ending of due) await this.#end(ending)
  }

  /** Admits a call with the estimate that the prices of its routes give, and simulates it. */
  async #serve(ask: Ask, decision: UseDecision): Promise<Pick<Call, 'refusal' | 'outcome'>> {
    if (decision.effect === 'deny') return { outcome: 'refused' }
    const routes = decision.payer.type === 'none' ? freeRoutes(decision.routes) : pricedRoutes(decision.routes)
    if (routes.length === 0) return { outcome: 'unpriced' }
    const estimate = routes.map(([, price]) => costOf(price, ask.inputTokens, ask.outputLimit)).reduce(larger)
    const { model, team } = ask.request
    const admission = await this.#host.engine.admit({ token: ask.token, model, team, estimate })
    if (admission.admitted) return { outcome: this.#run(ask, admission, routes) }
    if (admission.reason !== 'refused') throw new Error(`a call was not admitted: ${admission.reason}`)
    return { outcome: 'refused', refusal: admission.refusal }
  }

  /**
   * Simulates an admitted call and schedules its end: a settle at the actual cost, or a release. Schedules nothing when
   * the gateway dies.
   */
  #run(ask: Ask, admission: Admission, routes: readonly PricedRoute[]): Call['outcome'] {
    const outcome = this.#call(routes.map(([place]) => place))
    if (outcome === 'lost') return outcome
    const at = ask.request.at + ask.milliseconds
    const price = typeof outcome === 'object' ? routes.find(([place]) => place === outcome.served)?.[1] : undefined
    const cost = price && { cost: costOf(price, ask.inputTokens, ask.outputTokens) }
    this.#endings.push({ at, admission, ...cost })
    return outcome
  }

  /**
   * Simulates calls to the routes in order until a call succeeds. A route fails with a probability of 3 %. The gateway
   * dies with a probability of 0.2 %.
   */
  #call(places: readonly number[]): Call['outcome'] {
    if (this.#random.chance(0.002)) return 'lost'
    const served = places.find(() => !this.#random.chance(0.03))
    return served === undefined ? 'failed' : { served }
  }

  async #end({ at, admission, cost }: Ending): Promise<void> {
    this.#host.clock.set(at)
    const ended = cost === undefined ? await admission.release() : await admission.settle(cost)
    if (!ended.ok) throw new Error(`a call could not be ended: ${ended.reason}`)
    const { payer } = admission
    if (cost === undefined || payer.type === 'none') return
    this.costs.set(payer.wallet.id, (this.costs.get(payer.wallet.id) ?? 0n) + cost)
  }
}

/** Returns the routes of a call that no wallet pays, with the price zero. */
function freeRoutes(routes: readonly Route[]): PricedRoute[] {
  return routes.map((_, place) => [place, { input: 0n, output: 0n }])
}

function pricedRoutes(routes: readonly Route[]): PricedRoute[] {
  return routes.flatMap((route, place) => {
    const price = findPrice(route)
    return price ? [[place, price] as const] : []
  })
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
