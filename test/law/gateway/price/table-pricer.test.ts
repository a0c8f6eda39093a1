import { expect, test } from 'vitest'
import { firstPricer } from '../../../../src/gateway/price/pricer.ts'
import { tablePricer } from '../../../../src/gateway/price/table-pricer.ts'

const costOf = (pricer: ReturnType<typeof tablePricer>, model: string) =>
  pricer.priceOf({ providerAccount: 'openai', model }, 'chat', 0)?.costOf({ input: 1_000_000 })

test('the price of a route comes before the price of its model', () => {
  const pricer = tablePricer({ 'gpt-5': { input: '2' }, 'openai/gpt-5': { input: '1' } })
  expect(costOf(pricer, 'gpt-5')).toBe(1_000_000_000n)
})

test('more than nine decimals are rounded up', () => {
  expect(costOf(tablePricer({ m: { input: '0.0833333333333' } }), 'm')).toBe(83_333_334n)
})

test('a malformed price is rejected with the name of its entry', () => {
  expect(() => tablePricer({ 'gpt-5': { input: '1,25' } })).toThrow(/gpt-5\.input/)
})

test('names of the prototype have no price', () => {
  for (const name of ['__proto__', 'constructor', 'toString']) expect(costOf(tablePricer({}), name)).toBeUndefined()
})

test('the first pricer that has a price sets it', () => {
  const pricer = firstPricer(tablePricer({ a: { input: '1' } }), tablePricer({ a: { input: '2' }, b: { input: '3' } }))
  expect([costOf(pricer, 'a'), costOf(pricer, 'b'), costOf(pricer, 'c')]).toEqual([
    1_000_000_000n,
    3_000_000_000n,
    undefined,
  ])
})
