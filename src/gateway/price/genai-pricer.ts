import type { Instant } from '../../model/value/instant.ts'
import type { Route } from '../../policy/decision/decision.ts'
import type { Price, Pricer } from './pricer.ts'
import { parsePrice, type Rate, type RatePer, rateOf } from './rate.ts'
import { RatedPrice, type RatedUnit, type Rates } from './rated-price.ts'

/** A price in the tables of `@pydantic/genai-prices`: in US dollars, with other prices above numbers of input tokens. */
export type GenaiAmount =
  | number
  | { readonly base: number; readonly tiers: readonly { readonly start: number; readonly price: number }[] }

/** The part of the package `@pydantic/genai-prices` that is used. Pass its namespace. */
export interface GenaiPrices {
  calcPrice(
    usage: Record<string, number>,
    model: string,
    options: { readonly providerId: string; readonly timestamp: Date },
  ): {
    readonly model: { readonly id: string; readonly context_window?: number }
    readonly provider: { readonly id: string }
    readonly model_price: Readonly<Record<string, GenaiAmount | undefined>>
  } | null
}

export interface GenaiPricerOptions {
  /**
   * Returns the id of a provider in the tables, such as `openai`, `anthropic`, `aws` or `azure`, for a route. Default: the
   * id of the provider account.
   */
  readonly providerOf?: ((route: Route) => string | undefined) | undefined
  /** The credits for one US dollar, as a decimal string. Default: `1`. */
  readonly creditsPerDollar?: string | undefined
}

/** The keys of the tables, with the units that they price. */
const keys: Readonly<Record<string, readonly [RatedUnit, RatePer]>> = {
  input_mtok: ['input', 'million'],
  cache_read_mtok: ['cachedInput', 'million'],
  cache_write_mtok: ['cacheWrite', 'million'],
  cache_write_1h_mtok: ['cacheWriteHour', 'million'],
  input_audio_mtok: ['inputAudio', 'million'],
  cache_audio_read_mtok: ['cachedInputAudio', 'million'],
  input_image_mtok: ['inputImage', 'million'],
  cache_image_read_mtok: ['cachedInputImage', 'million'],
  output_mtok: ['output', 'million'],
  output_audio_mtok: ['outputAudio', 'million'],
  output_image_mtok: ['outputImage', 'million'],
  output_reasoning_mtok: ['reasoning', 'million'],
  input_audio_hours: ['audioSecond', 'hour'],
  web_searches_kcount: ['webSearch', 'thousand'],
  storage_searches_kcount: ['fileSearch', 'thousand'],
  requests_kcount: ['request', 'thousand'],
}

/** Prices are read again at the start of each minute, since they can depend on the date and the time of day. */
const minute = 60_000
/** The number of prices that are kept. */
const kept = 10_000

/**
 * Returns a pricer that reads the tables of `@pydantic/genai-prices`: exact decimals, never the sums of the package, which
 * are floating-point numbers. Models are found by the rules of the package, so that a name can match a family; the name of
 * the price tells which it is.
 * @throws {TypeError} when an option is malformed
 *
 * @example
 * import * as prices from '@pydantic/genai-prices'
 *
 * const pricer = genaiPricer(prices)
 * const price = pricer.priceOf({ providerAccount: 'openai', model: 'gpt-4.1' }, 'chat', Date.parse('2026-01-05'))
 * console.log(price?.name, price?.costOf({ input: 1_000, output: 200 })) // openai/gpt-4.1 3600000n
 */
export function genaiPricer(prices: GenaiPrices, options: GenaiPricerOptions = {}): Pricer {
  const { providerOf = ({ providerAccount }) => providerAccount, creditsPerDollar = '1' } = options
  if (typeof prices?.calcPrice !== 'function')
    throw new TypeError('expected the namespace of `@pydantic/genai-prices`, as in `import * as prices from …`')
  const factor = parsePrice(creditsPerDollar)
  if (factor === undefined) throw new TypeError('`creditsPerDollar` must be a decimal string, such as `1`')
  const found = new Map<string, { readonly from: Instant; readonly price: Price | undefined }>()
  return {
    priceOf(route, _operation, at) {
      const from = at - (at % minute)
      const provider = providerOf(route)
      if (provider === undefined) return undefined
      const key = JSON.stringify([provider, route.model])
      const known = found.get(key)
      if (known?.from === from) return known.price
      const price = readPrice(prices, provider, route.model, at, factor)
      if (known === undefined && found.size >= kept) found.clear()
      found.set(key, { from, price })
      return price
    },
  }
}

/** Returns the price in force at an instant, or `undefined` if the tables have none. */
function readPrice(
  prices: GenaiPrices,
  providerId: string,
  model: string,
  at: Instant,
  factor: bigint,
): Price | undefined {
  try {
    const usage = { input_tokens: 0, output_tokens: 0 }
    const result = prices.calcPrice(usage, model, { providerId, timestamp: new Date(at) })
    if (result === null) return undefined
    const rates: { [U in RatedUnit]?: Rate } = {}
    for (const [key, [unit, per]] of Object.entries(keys)) {
      const amount = result.model_price[key]
      if (amount !== undefined) rates[unit] = rateOfAmount(amount, per, factor)
    }
    if (Object.keys(rates).length === 0) return undefined
    const contextWindow = result.model.context_window
    const name = `${result.provider.id}/${result.model.id}`
    return new RatedPrice(name, rates as Rates, contextWindow === undefined ? {} : { contextWindow })
  } catch {
    return undefined
  }
}

function rateOfAmount(amount: GenaiAmount, per: RatePer, factor: bigint): Rate {
  if (typeof amount === 'number') return { base: convert(amount, per, factor), tiers: [] }
  const tiers = amount.tiers.map(({ start, price }) => ({ start, rate: convert(price, per, factor) }))
  tiers.sort((a, b) => a.start - b.start)
  return { base: convert(amount.base, per, factor), tiers }
}

/** Converts a price in dollars to a rate in credits, rounded up. */
function convert(dollars: number, per: RatePer, factor: bigint): bigint {
  const price = parsePrice(String(dollars))
  if (price === undefined) throw new TypeError(`\`${dollars}\` is not a price`)
  const one = 1_000_000_000n
  return rateOf((price * factor + one - 1n) / one, per)
}
