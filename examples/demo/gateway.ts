import { authorize, type Route, type State, type UseAllowed, type UseDecision, type Wallet } from 'portcullis'
import { costOf, findPrice, type Price } from './catalogue.ts'
import type { Host } from './host.ts'
import type { Random } from './random.ts'
import type { Ask } from './traffic.ts'

/** A request with its answer, and what became of it. */
export interface Call {
  readonly ask: Ask
  readonly decision: UseDecision
  /** The state that the decision was made of. */
  readonly state: State
  readonly microseconds: number
  /**
   * `refused` by the decision, or `unpriced`: allowed, but no route has a price. Then `failed` on every route, `lost` by a
   * gateway that died and never settled, or `served`, by the route of that place in the decision.
   */
  readonly outcome: 'refused' | 'unpriced' | 'failed' | 'lost' | { readonly served: number }
}

/** How a call that reserved credits ends. */
interface Ending {
  readonly at: number
  readonly hold: string
  readonly wallet: Wallet
  /** What the call has cost; nothing when it failed. */
  readonly cost?: bigint
}

type PricedRoute = readonly [place: number, price: Price]

const fiveMinutes = 300_000

/** A small AI gateway. What it calls is made up; who may, over which routes and for how much is the library's word. */
export class Gateway {
  readonly calls: Call[] = []
  /** What the served calls have cost, by wallet, counted beside the ledger. */
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

  /** Ends, each at its time, the calls that are over by an instant. */
  async settleUntil(at: number): Promise<void> {
    const due = this.#endings.filter((ending) => ending.at <= at).sort((a, b) => a.at - b.at)
    this.#endings = this.#endings.filter((ending) => ending.at > at)
    for (const ending of due) await this.#end(ending)
  }

  async #admit(ask: Ask, decision: UseDecision, state: State): Promise<Pick<Call, 'decision' | 'outcome'>> {
    if (decision.effect === 'deny') return { decision, outcome: 'refused' }
    if (decision.payer.type === 'nobody') return { decision, outcome: this.#call(decision.routes.map((_, i) => i)) }
    const routes = pricedRoutes(decision.routes)
    if (routes.length === 0) return { decision, outcome: 'unpriced' }

    const { wallet } = decision.payer
    const estimate = routes.map(([, price]) => costOf(price, ask.inputTokens, ask.outputLimit)).reduce(larger)
    const refusal = estimate === 0n ? undefined : await this.#reserve(ask, wallet, estimate, state)
    return refusal ?? { decision, outcome: this.#pay(ask, decision, routes, estimate > 0n) }
  }

  /** Holds the estimate for the call. Where the ledger cannot, the library puts the refusal into words and levels. */
  async #reserve(
    { request }: Ask,
    wallet: Wallet,
    estimate: bigint,
    state: State,
  ): Promise<Pick<Call, 'decision' | 'outcome'> | undefined> {
    const { ledger } = this.#host
    const reserved = await ledger.reserve({ hold: this.#hold(), wallet, amount: estimate, ttl: fiveMinutes })
    if (reserved.ok) return undefined
    const { available } = await ledger.balance(wallet)
    return { decision: authorize({ ...request, credits: { available, estimate } }, state), outcome: 'refused' }
  }

  /** Makes the call and notes how it ends: settled at its true cost, released, or, when the gateway dies, not at all. */
  #pay(ask: Ask, { payer }: UseAllowed, routes: readonly PricedRoute[], isHeld: boolean): Call['outcome'] {
    const outcome = this.#call(routes.map(([place]) => place))
    if (payer.type === 'nobody' || !isHeld || outcome === 'lost') return outcome
    const ending = { at: ask.request.at + ask.milliseconds, hold: this.#hold(), wallet: payer.wallet }
    const price = typeof outcome === 'object' ? routes.find(([place]) => place === outcome.served)?.[1] : undefined
    this.#endings.push(price ? { ...ending, cost: costOf(price, ask.inputTokens, ask.outputTokens) } : ending)
    return outcome
  }

  /** Calls the routes in order until one answers. An upstream fails now and then; a gateway hardly ever dies. */
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

  /** The key of the reservation of the call under way. */
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
