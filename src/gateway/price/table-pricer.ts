import * as z from 'zod'
import type { Pricer } from './pricer.ts'
import { parsePrice, type Rate, type RatePer, rateOf } from './rate.ts'
import { RatedPrice, type RatedUnit, type Rates } from './rated-price.ts'

/** For how many units the price of a unit in a table is. */
const tablePer: Readonly<Record<RatedUnit, RatePer>> = {
  input: 'million',
  cachedInput: 'million',
  cacheWrite: 'million',
  cacheWriteHour: 'million',
  inputAudio: 'million',
  cachedInputAudio: 'million',
  inputImage: 'million',
  cachedInputImage: 'million',
  output: 'million',
  outputAudio: 'million',
  outputImage: 'million',
  reasoning: 'million',
  audioSecond: 'one',
  image: 'one',
  webSearch: 'one',
  fileSearch: 'one',
  request: 'one',
}

/**
 * The prices of a model, as exact decimal strings of credits: `input: '1.25'` for a million tokens, `image: '0.04'` for one
 * image, `audioSecond`, `webSearch`, `fileSearch` and `request` for one. More than nine decimals are rounded up.
 */
export type PriceTable = { readonly [U in RatedUnit]?: string } & {
  /** The context window in tokens. */
  readonly contextWindow?: number
  /** The largest output in tokens. */
  readonly maxOutput?: number
}

const price = z.string().regex(/^\d{1,12}(\.\d{1,30})?$/, { error: 'expected a decimal string, as in `1.25`' })
const count = z.number().int().min(1).max(1_000_000_000).optional()

const makeSchema = () => {
  const prices = Object.fromEntries(Object.keys(tablePer).map((unit) => [unit, price.optional()]))
  return z.record(z.string(), z.strictObject({ ...prices, contextWindow: count, maxOutput: count }))
}

/**
 * Returns a pricer for prices that the host sets: by route as `account/model`, or by model for every account.
 * @throws {TypeError} when a price is not a decimal string; the message names its entry
 *
 * @example
 * const pricer = tablePricer({ 'openai/gpt-5': { input: '1.25', cachedInput: '0.125', output: '10' } })
 * const price = pricer.priceOf({ providerAccount: 'openai', model: 'gpt-5' }, 'chat', Date.now())
 * console.log(price?.costOf({ input: 1_000, output: 200 })) // 3250000n
 */
export function tablePricer(table: Readonly<Record<string, PriceTable>>): Pricer {
  const parsed = makeSchema().safeParse(table)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new TypeError(`prices at \`${issue?.path.join('.')}\`: ${issue?.message}`)
  }
  const prices = new Map(Object.entries(table).map(([name, entry]) => [name, priceOfEntry(name, entry)]))
  return {
    priceOf: ({ providerAccount, model }) => prices.get(`${providerAccount}/${model}`) ?? prices.get(model),
  }
}

function priceOfEntry(name: string, entry: PriceTable): RatedPrice {
  const rates: { [U in RatedUnit]?: Rate } = {}
  for (const [unit, per] of Object.entries(tablePer) as [RatedUnit, RatePer][]) {
    const parsed = parsePrice(entry[unit] ?? '')
    if (parsed !== undefined) rates[unit] = { base: rateOf(parsed, per), tiers: [] }
  }
  return new RatedPrice(name, rates as Rates, entry)
}
