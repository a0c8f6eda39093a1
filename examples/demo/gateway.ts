import { authorize, type Route, type State, type UseAllowed, type UseDecision, type Wallet } from 'portcullis'
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
  /**
   * The outcome of the call. `refused`: the decision was a denial. `unpriced`: allowed, but no route has a price.
   * `failed`: every route failed. `lost`: the gateway died and never settled the hold. `served`: the index of the
   * successful route in the decision.
   */
  readonly outcome: 'refused' | 'unpriced' | 'failed' | 'lost' | { readonly served: number }
}

/** How a call that reserved credits ends. */
interface Ending {
  readonly at: number
  readonly hold: string
  readonly wallet: Wallet
  /** The cost of the call. Absent for a failed call. */
  readonly cost?: bigint
}

type PricedRoute = readonly [place: number, price: Price]

const fiveMinutes = 300_000

/** A small AI gateway. The upstream calls are simulated; the library decides access, routes and credits. */
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
    const { state, clock } = this.#host
    clock.set(ask.request.at)
    const started = performance.now()
    const decision = authorize(ask.request, state)
    const microseconds = (performance.now() - started) * 1000
    this.calls.push({ ask, state, microseconds, ...(await this.#admit(ask, decision, state)) })
  }

  /** Ends all calls that finish by an instant. Each call ends at its own time. */
  async settleUntil(at: number): Promise<void> {
    const due = this.#endings.filter((ending) => ending.at <= at).sort((a, b) => a.at - b.at)
    this.#endings = this.#endings.filter((ending) => ending.at > at)
    for (const ending of due) await this.#end(ending)
  }

  async #admit(ask: Ask, decision: UseDecision, state: State): Promise<Pick<Call, 'decision' | 'outcome'>> {
    if (decision.effect === 'deny') return { decision, outcome: 'refused' }
    if (decision.payer.type === 'none') return { decision, outcome: this.#call(decision.routes.map((_, i) => i)) }
    const routes = pricedRoutes(decision.routes)
    if (routes.length === 0) return { decision, outcome: 'unpriced' }

    const { payer, walletPath } = decision
    const estimate = routes.map(([, price]) => costOf(price, ask.inputTokens, ask.outputLimit)).reduce(larger)
    const refusal =
      estimate === 0n ? undefined : await this.#reserve(ask, { wallet: payer.wallet, walletPath }, estimate, state)
    return refusal ?? { decision, outcome: this.#pay(ask, decision, routes, estimate > 0n) }
  }

  /**
   * Reserves the estimated cost of a call. When the ledger refuses, returns the denial of `authorize` for the wallet's
   * balance.
   */
  async #reserve(
    { request }: Ask,
    { wallet, walletPath }: Pick<UseAllowed, 'walletPath'> & { readonly wallet: Wallet },
    estimate: bigint,
    state: State,
  ): Promise<Pick<Call, 'decision' | 'outcome'> | undefined> {
    const { ledger } = this.#host
    const reserved = await ledger.reserve({ hold: this.#hold(), path: walletPath, amount: estimate, ttl: fiveMinutes })
    if (reserved.ok) return undefined
    const { available } = await ledger.balance(wallet)
    return { decision: authorize({ ...request, credits: { available, estimate } }, state), outcome: 'refused' }
  }

  /**
   * Simulates the call and schedules the end of its hold: a settle at the actual cost, or a release. Schedules nothing
   * when the gateway dies.
   */
  #pay(ask: Ask, { payer }: UseAllowed, routes: readonly PricedRoute[], isHeld: boolean): Call['outcome'] {
    const outcome = this.#call(routes.map(([place]) => place))
    if (payer.type === 'none' || !isHeld || outcome === 'lost') return outcome
    const ending = { at: ask.request.at + ask.milliseconds, hold: this.#hold(), wallet: payer.wallet }
    const price = typeof outcome === 'object' ? routes.find(([place]) => place === outcome.served)?.[1] : undefined
    this.#endings.push(price ? { ...ending, cost: costOf(price, ask.inputTokens, ask.outputTokens) } : ending)
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

  async #end({ at, hold, wallet, cost }: Ending): Promise<void> {
    const { ledger, clock } = this.#host
    clock.set(at)
    const ended = cost === undefined ? await ledger.release({ hold }) : await ledger.settle({ hold, amount: cost })
    if (!ended.ok) throw new Error(`the ledger refused to end a call: ${ended.reason}`)
    if (cost !== undefined) this.costs.set(wallet.id, (this.costs.get(wallet.id) ?? 0n) + cost)
  }

  /** Returns the hold id of the current call. */
  #hold(): string {
    return `call ${this.calls.length + 1}`
  }
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
