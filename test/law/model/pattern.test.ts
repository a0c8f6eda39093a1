import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AliasPattern, matchesPattern } from '../../../src/model/value/pattern.ts'
import { nastyIds } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

/** Arbitrary patterns and names from a small set of characters, some of which are special in a regular expression. */
const text = fc.string({
  unit: fc.constantFrom('a', 'b', '.', '\\', '[', '(', '+', '|', '$', '\n', '\u{1f600}'),
  maxLength: 8,
})
const pattern = fc.array(text, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('*'))

function expression(of: string): RegExp {
  return new RegExp(
    `^${of
      .split('*')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('[^]*')}$`,
  )
}

describe('a pattern', () => {
  test('is equivalent to the regular expression in which all but the star is escaped', () => {
    fc.assert(
      fc.property(pattern, text, (one, name) => {
        expect(matchesPattern(one, name)).toBe(expression(one).test(name))
      }),
      runs(3_000),
    )
  })

  test('matches every name made by replacing its stars', () => {
    fc.assert(
      fc.property(
        fc.array(text, { minLength: 2, maxLength: 4 }),
        fc.array(text, { minLength: 3, maxLength: 3 }),
        (parts, fill) => {
          const name = parts.map((part, i) => `${i === 0 ? '' : fill[i - 1]}${part}`).join('')
          expect(matchesPattern(parts.join('*'), name)).toBe(true)
        },
      ),
      runs(1_000),
    )
  })

  test('without a star matches itself alone, and a star alone everything', () => {
    for (const name of nastyIds) {
      expect(matchesPattern('*', name)).toBe(true)
      if (!name.includes('*')) expect(nastyIds.filter((other) => matchesPattern(name, other))).toEqual([name])
    }
  })

  test('is anchored at both ends, its ends may not overlap, and case counts', () => {
    const cases: readonly (readonly [string, string, boolean])[] = [
      ['claude-*', 'claude-3', true],
      ['claude-*', 'claude-', true],
      ['claude-*', 'xclaude-3', false],
      ['claude-*', 'Claude-3', false],
      ['*-mini', 'gpt-mini', true],
      ['*-mini', 'gpt-mini-2', false],
      ['ab*ba', 'aba', false],
      ['ab*ba', 'abba', true],
      ['a*b*a', 'aba', true],
      ['a*b*b', 'ab', false],
      ['a/us.*', 'a/usX', false],
      ['**', '', true],
    ]
    for (const [one, name, expected] of cases)
      expect([one, name, matchesPattern(one, name)]).toEqual([one, name, expected])
  })

  test('takes no longer when it is hostile', () => {
    const hostile = `${'*a'.repeat(127)}*b`
    const start = performance.now()
    for (let i = 0; i < 1_000; i += 1) matchesPattern(hostile, 'a'.repeat(256))
    expect(performance.now() - start).toBeLessThan(2_000)
  })

  test('without a star is refused by the schema', () => {
    expect(['a*', '*', 'a*b*'].map((one) => AliasPattern.safeParse(one).success)).toEqual([true, true, true])
    expect(['', 'a', 'a\n*', `${'a'.repeat(256)}*`, 1].map((one) => AliasPattern.safeParse(one).success)).toEqual(
      Array(5).fill(false),
    )
  })
})
