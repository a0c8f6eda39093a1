import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isPlainModel } from '../../../src/model/noun/provider-account.ts'
import { foldAscii } from '../../../src/model/value/pattern.ts'
import { nameClasses } from '../../../src/query/name-class.ts'
import { matchesName, type NameMatcher, positionsAfter } from '../../../src/query/name-matcher.ts'
import { describeClasses, isAmongModels } from '../../../src/query/open-class.ts'
import { runs } from '../runs.ts'

const account = 'o'
const letters = ['a', 'A', '*', '/', '.']

/** Every plain model name of up to four of the letters. */
const everyModel = ['', ...letters]
  .flatMap((one) => ['', ...letters].flatMap((two) => ['', ...letters].map((three) => one + two + three)))
  .flatMap((some) => ['', ...letters].map((last) => some + last))
  .filter((model, i, all) => all.indexOf(model) === i && isPlainModel(model))

const arbitraryMatcher: fc.Arbitrary<NameMatcher> = fc
  .record({
    text: fc.array(fc.constantFrom('*', '*', ...letters), { minLength: 1, maxLength: 4 }),
    onAccount: fc.boolean(),
    isAnyCase: fc.boolean(),
    isPattern: fc.constantFrom(true, true, true, false),
  })
  .map(({ text, onAccount, isAnyCase, isPattern }) => {
    const pattern = `${onAccount ? `${account}/` : '*'}${text.join('')}`
    const type = pattern.includes('*') && isPattern ? 'pattern' : 'name'
    // A name is always compared without regard to case, so that no two names match the same model.
    const ignoresCase = isAnyCase || type === 'name'
    return { type, text: ignoresCase ? foldAscii(pattern) : pattern, isAnyCase: ignoresCase } as const
  })

const arbitraryMatchers = fc.uniqueArray(arbitraryMatcher, { maxLength: 4, selector: (one) => JSON.stringify(one) })
const arbitraryTaken = fc.array(fc.constantFrom(...everyModel), { maxLength: 3 })

const keyOf = (matching: Iterable<NameMatcher>): string =>
  [...matching]
    .map((one) => JSON.stringify(one))
    .sort()
    .join()

describe('the classes of the names on an account', () => {
  test('are those that all short names fall into, each with a sample of its own', () => {
    let met = 0
    fc.assert(
      fc.property(arbitraryMatchers, arbitraryTaken, (matchers, taken) => {
        const classes = nameClasses(account, matchers, (model) => taken.includes(model))
        const found = new Map(classes.map((one) => [keyOf(one.matching), one.sample]))
        for (const { matching, sample } of classes) {
          expect(isPlainModel(sample) && !taken.includes(sample)).toBe(true)
          expect(keyOf(matchers.filter((one) => matchesName(one, `${account}/${sample}`)))).toBe(keyOf(matching))
        }
        for (const model of everyModel.filter((one) => !taken.includes(one))) {
          const key = keyOf(matchers.filter((one) => matchesName(one, `${account}/${model}`)))
          expect([model, found.has(key)]).toEqual([model, true])
          met += 1
        }
      }),
      runs(150),
    )
    expect(met).toBeGreaterThan(1_000)
  })

  test('described by fewer matchers still give each name its value, and only once', () => {
    const value = fc.constantFrom(undefined, 1, 2)
    fc.assert(
      fc.property(arbitraryMatchers, fc.array(value, { minLength: 20, maxLength: 20 }), (matchers, values) => {
        const classes = nameClasses(account, matchers, () => false).map((one, i) => ({ ...one, value: values[i % 20] }))
        const described = describeClasses(classes, (a, b) => a === b)
        const valueByKey = new Map(classes.map((one) => [keyOf(one.matching), one.value]))
        for (const model of everyModel) {
          const name = `${account}/${model}`
          const expected = valueByKey.get(keyOf(matchers.filter((one) => matchesName(one, name))))
          const covering = described.filter(({ models }) => isAmongModels(models, name)).map((one) => one.value)
          expect([name, covering]).toEqual([name, expected === undefined ? [] : [expected]])
        }
      }),
      runs(150),
    )
  })

  test('without matchers are one, with a sample that reads well', () => {
    expect(nameClasses('openai', [], () => false)).toEqual([{ matching: new Set(), sample: 'model' }])
    expect(nameClasses('openai', [], (model) => model === 'model').map(({ sample }) => sample)).toEqual(['model-2'])
  })

  test('are found among ten patterns in the time of a request', () => {
    const matchers = Array.from({ length: 10 }, (_, i) => {
      return { type: 'pattern', text: `openai/family-${i}*`, isAnyCase: true } as const
    })
    const started = performance.now()
    expect(nameClasses('openai', matchers, () => false)).toHaveLength(11)
    expect(performance.now() - started).toBeLessThan(2_000)
  })
})

test('the positions after a text tell whether a name that begins so matches', () => {
  fc.assert(
    fc.property(arbitraryMatcher, fc.constantFrom(...everyModel), (matcher, model) => {
      const name = `${account}/${model}`
      expect(positionsAfter(matcher, name).includes(matcher.text.length)).toBe(matchesName(matcher, name))
    }),
    runs(2_000),
  )
})
