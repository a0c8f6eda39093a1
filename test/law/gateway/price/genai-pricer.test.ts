import * as prices from '@pydantic/genai-prices'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { genaiPricer } from '../../../../src/gateway/price/genai-pricer.ts'
import type { CallUsage } from '../../../../src/gateway/price/pricer.ts'

const at = Date.parse('2026-11-01T12:00:00Z')
const pricer = genaiPricer(prices)
const providers = ['openai', 'anthropic', 'google', 'aws', 'azure', 'openrouter', 'deepseek', 'groq', 'mistral', 'x-ai']
const models = providers.flatMap((providerId) =>
  (prices.findProvider({ providerId })?.models ?? []).map(({ id }) => ({ providerAccount: providerId, model: id })),
)
const priced = models.flatMap((route) => pricer.priceOf(route, 'chat', at) ?? [])

/** A usage of text whose parts do not exceed their wholes. */
const usages = fc
  .record({ input: fc.nat(1_500_000), output: fc.nat(200_000), cached: fc.nat(100), written: fc.nat(100) })
  .map(({ input, output, cached, written }): CallUsage => {
    const cachedInput = Math.floor((input * cached) / 100)
    return { input, output, cachedInput, cacheWrite: Math.floor(((input - cachedInput) * written) / 100) }
  })

/** The table that is in force for a model. */
const tableOf = ({ providerAccount, model }: { providerAccount: string; model: string }) => {
  const options = { providerId: providerAccount, timestamp: new Date(at) }
  return prices.calcPrice({ input_tokens: 0, output_tokens: 0 }, model, options)?.model_price ?? {}
}

test('the models that have a price are those with an amount for tokens, sounds or requests', () => {
  const unread = /_video_|_document_|_annotated_|_messages_|_citation_|^audio_hours$/
  const expected = models.filter((route) => Object.keys(tableOf(route)).some((key) => !unread.test(key)))
  expect(models.length).toBeGreaterThan(900)
  expect(expected.length).toBeGreaterThan(800)
  expect(priced).toHaveLength(expected.length)
})

/** A decimal number as an exact fraction with the denominator 10^30. */
function exactly(value: number): bigint {
  const [, digits = '', fraction = '', exponent = '0'] = /^(\d+)\.?(\d*)(?:e(-?\d+))?$/.exec(String(value)) ?? []
  return BigInt(digits + fraction) * 10n ** BigInt(30 + Number(exponent) - fraction.length)
}

test('the cost is the exact sum of the decimals of the table, rounded up once', () => {
  const amount = (table: ReturnType<typeof tableOf>, input: number, ...keys: readonly string[]): number | undefined => {
    const found = keys.map((key) => table[key]).find((value) => value !== undefined)
    if (found === undefined || typeof found === 'number') return found
    const tiers = [...found.tiers].sort((a, b) => b.start - a.start)
    return tiers.find(({ start }) => input > start)?.price ?? found.base
  }
  let compared = 0
  fc.assert(
    fc.property(fc.constantFrom(...models), usages, (route, usage) => {
      const table = tableOf(route)
      const { input = 0, cachedInput = 0, cacheWrite = 0, output = 0 } = usage
      const parts = [
        [input - cachedInput - cacheWrite, amount(table, input, 'input_mtok')],
        [cachedInput, amount(table, input, 'cache_read_mtok', 'input_mtok')],
        [cacheWrite, amount(table, input, 'cache_write_mtok', 'input_mtok')],
        [output, amount(table, input, 'output_mtok')],
      ] as const
      const cost = pricer.priceOf(route, 'chat', at)?.costOf(usage)
      const used = parts.filter(([count]) => count > 0)
      const isPriced = used.every(([, price]) => price !== undefined)
      if (cost === undefined) {
        expect(isPriced && used.length > 0).toBe(false)
        return
      }
      expect(isPriced).toBe(true)
      const requests = amount(table, input, 'requests_kcount') ?? 0
      let sum = exactly(requests) * 1_000n
      for (const [count, price = 0] of used) sum += BigInt(count) * exactly(price)
      // In units of 10^-9 for a million tokens. Decimals beyond the ninth are rounded up before the sum.
      const scale = 10n ** 27n
      const least = (sum + scale - 1n) / scale
      const isExact = used.every(([, price = 0]) => exactly(price) % 10n ** 21n === 0n)
      expect(cost).toBeGreaterThanOrEqual(least)
      expect(cost - least).toBeLessThanOrEqual(isExact ? 0n : 4n)
      compared += 1
    }),
    { numRuns: 2_000 },
  )
  expect(compared).toBeGreaterThan(1_000)
})

test('no cost exceeds the bound of a call that may use as much', () => {
  fc.assert(
    fc.property(fc.constantFrom(...priced), usages, fc.nat(1_000), fc.nat(1_000), (price, usage, more, longer) => {
      const cost = price.costOf(usage)
      if (cost === undefined) return
      const bound = { input: (usage.input ?? 0) + more, output: (usage.output ?? 0) + longer, hasCacheWrite: true }
      expect(price.boundOf(bound)).toBeGreaterThanOrEqual(cost)
    }),
    { numRuns: 2_000 },
  )
})

test('the bound grows with the input and the output', () => {
  fc.assert(
    fc.property(fc.constantFrom(...priced), usages, fc.nat(300_000), fc.nat(300_000), (price, usage, more, longer) => {
      const { input = 0, output = 0 } = usage
      const less = price.boundOf({ input, output })
      if (less === undefined) return
      expect(price.boundOf({ input: input + more, output: output + longer })).toBeGreaterThanOrEqual(less)
    }),
  )
})

test('the output within an amount is the greatest whose bound is at most the amount', () => {
  fc.assert(
    fc.property(fc.constantFrom(...priced), usages, fc.bigInt(0n, 10_000_000_000n), (price, { input = 0 }, amount) => {
      const bound = { input, output: 0 }
      const output = price.outputWithin(amount, bound)
      if (output === undefined) expect(price.boundOf(bound) ?? amount + 1n).toBeGreaterThan(amount)
      else {
        expect(price.boundOf({ ...bound, output })).toBeLessThanOrEqual(amount)
        if (output < Number.MAX_SAFE_INTEGER)
          expect(price.boundOf({ ...bound, output: output + 1 })).toBeGreaterThan(amount)
      }
    }),
  )
})

test('the cost of text is that of the package, but for its rounding', () => {
  fc.assert(
    fc.property(fc.constantFrom(...models), fc.nat(1_500_000), fc.nat(200_000), (route, input, output) => {
      const cost = pricer.priceOf(route, 'chat', at)?.costOf({ input, output })
      if (cost === undefined) return
      const options = { providerId: route.providerAccount, timestamp: new Date(at) }
      const theirs = prices.calcPrice({ input_tokens: input, output_tokens: output }, route.model, options)
      expect(Math.abs(Number(cost) / 1e9 - (theirs?.total_price ?? 0))).toBeLessThan(1e-8)
    }),
    { numRuns: 1_000 },
  )
})

const costAt = (providerAccount: string, model: string, usage: CallUsage, text = '2026-11-01T12:00:00Z') =>
  pricer.priceOf({ providerAccount, model }, 'chat', Date.parse(text))?.costOf(usage)

test('above the start of a tier the whole request has its price', () => {
  expect(costAt('openai', 'gpt-5.4', { input: 271_999 })).toBe(679_997_500n)
  expect(costAt('openai', 'gpt-5.4', { input: 272_000 })).toBe(1_360_000_000n)
})

test('a price that depends on the time of day changes at its minute', () => {
  expect(costAt('deepseek', 'deepseek-chat', { input: 1_000_000 }, '2025-07-01T00:29:59Z')).toBe(135_000_000n)
  expect(costAt('deepseek', 'deepseek-chat', { input: 1_000_000 }, '2025-07-01T00:30:00Z')).toBe(270_000_000n)
})

test('an embedding needs no price of the output, and an unknown model has no price', () => {
  expect(costAt('openai', 'text-embedding-3-small', { input: 1_000_000 })).toBe(20_000_000n)
  expect(costAt('openai', 'text-embedding-3-small', { output: 1 })).toBeUndefined()
  expect(costAt('openai', 'gpt-4o-whatever', {})).toBeUndefined()
  expect(costAt('openai', 'gpt-5.4', { audioSeconds: 1 })).toBeUndefined()
})
