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

test('most models of the tables have a price', () => {
  expect(models.length).toBeGreaterThan(900)
  expect(priced.length).toBeGreaterThan(models.length * 0.9)
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
