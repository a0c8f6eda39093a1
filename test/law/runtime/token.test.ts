import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isToken, tokenDigest, tokenPattern } from '../../../src/runtime/index.ts'
import { digits, isPrefix, tokenOf } from '../../../src/runtime/token/token.ts'
import { makeToken } from '../../../src/runtime/token/token-secret.ts'
import { runs } from '../runs.ts'

const inner = 'abcdefghijklmnopqrstuvwxyz0123456789_'
const prefix = fc.stringMatching(/^[a-z][a-z0-9_]{0,18}[a-z0-9]$/)
const secret = fc.string({ unit: fc.constantFrom(...digits), minLength: 43, maxLength: 43 })
const token = fc.tuple(prefix, secret).map(([start, rest]) => ({ start, text: tokenOf(start, rest) }))
/** Text in which tokens, parts of tokens and other words stand next to each other. */
const prose = fc
  .array(
    fc.oneof(
      { arbitrary: secret.map((rest) => tokenOf('pc', rest)), weight: 3 },
      { arbitrary: secret.map((rest) => `pc_${rest}AAAAAA`), weight: 1 },
      { arbitrary: secret.map((rest) => tokenOf('acme', rest)), weight: 1 },
      fc.constantFrom(' ', '"', '=', '_', 'x', '0', '-', '\n', 'pc_', 'ü'),
      fc.string({ maxLength: 8 }),
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))

/** Every token of the prefix `pc`, found character by character, next to any other characters. */
function tokensIn(text: string): string[] {
  const found: string[] = []
  for (let at = 0; at < text.length; at += 1) {
    const part = text.slice(at, at + 52)
    if (isToken(part)) found.push(part)
  }
  return found
}

describe('a token', () => {
  test('that is made is well-formed for its prefix, and for no other', () => {
    fc.assert(
      fc.property(prefix, prefix, (own, other) => {
        const made = makeToken(own)
        expect(isToken(made, own)).toBe(true)
        expect(isToken(made, [other, own])).toBe(true)
        expect(isToken(made, other)).toBe(own === other)
        expect(made).toMatch(/^[0-9A-Za-z_]{52,70}$/)
      }),
      runs(200),
    )
  })

  test('with one changed, missing or additional character is refused', () => {
    fc.assert(
      fc.property(token, fc.nat(), fc.constantFrom(...digits, '_', ' ', 'é', '\n'), ({ start, text }, place, other) => {
        const at = place % text.length
        const changed = `${text.slice(0, at)}${other}${text.slice(at + 1)}`
        expect(isToken(changed, start)).toBe(changed === text)
        expect(isToken(changed, changed.slice(0, -50))).toBe(changed === text)
        expect(isToken(`${text.slice(0, at)}${text.slice(at + 1)}`, start)).toBe(false)
        expect(isToken(`${text.slice(0, at)}${other}${text.slice(at)}`, start)).toBe(false)
      }),
      runs(2_000),
    )
  })

  test('with two swapped neighbours is refused', () => {
    fc.assert(
      fc.property(token, fc.nat(), ({ start, text }, place) => {
        const at = place % (text.length - 1)
        const swapped = `${text.slice(0, at)}${text[at + 1]}${text[at]}${text.slice(at + 2)}`
        expect(isToken(swapped, start)).toBe(swapped === text)
      }),
      runs(500),
    )
  })

  test('ends in the CRC-32 of what is before it', () => {
    fc.assert(
      fc.property(token, ({ text }) => {
        const value = [...text.slice(-6)].reduce((sum, digit) => sum * 62 + digits.indexOf(digit), 0)
        expect(value).toBe(crc32(text.slice(0, -6)))
      }),
      runs(500),
    )
  })

  test('is never made twice, and has every digit at every place equally often', () => {
    const made = Array.from({ length: 6_200 }, () => makeToken('pc'))
    expect(new Set(made).size).toBe(made.length)
    for (let at = 3; at < 46; at += 1) {
      const counts = new Map<string, number>()
      for (const text of made) counts.set(text.charAt(at), (counts.get(text.charAt(at)) ?? 0) + 1)
      expect(counts.size).toBe(62)
      // Chi-squared with 61 degrees of freedom: above 150 once in 10^9 tests. A remainder of a byte gives about 900.
      const chiSquared = [...counts.values()].reduce((sum, count) => sum + (count - 100) ** 2 / 100, 0)
      expect(chiSquared).toBeLessThan(150)
    }
  })

  test('is refused without an exception when it is not a string', () => {
    for (const value of [undefined, null, 7, {}, [], Symbol('token')]) expect(isToken(value as never)).toBe(false)
    expect(isToken('')).toBe(false)
    expect(isToken('x'.repeat(10_000_000))).toBe(false)
  })

  test('has a SHA-256 digest', () => {
    expect(tokenDigest('secret')).toBe('2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b')
  })
})

describe('the pattern for leak scanners', () => {
  test('matches a whole string if and only if its form is right, and the checksum decides the rest', () => {
    const whole = (text: string) => text.match(tokenPattern())?.[0] === text
    fc.assert(
      fc.property(prose, (text) => {
        if (isToken(text)) expect(whole(text)).toBe(true)
        if (whole(text) && !isToken(text)) expect(text).not.toBe(tokenOf('pc', text.slice(3, 46)))
      }),
      runs(1_000),
    )
  })

  test('finds in any text the same tokens as a search at every place', () => {
    fc.assert(
      fc.property(prose, (text) => {
        const matches = text.match(new RegExp(tokenPattern(), 'g')) ?? []
        expect(matches.filter((match) => isToken(match))).toEqual(tokensIn(text))
      }),
      runs(1_000),
    )
  })

  test('finds tokens in JSON, URLs, shell scripts, headers and source code', () => {
    const made = makeToken('acme_live')
    const scanner = tokenPattern(['acme_live', 'acme_test'])
    for (const text of [
      `{"key":"${made}"}`,
      `https://host/?key=${made}&x=1`,
      `export KEY=${made}\n`,
      `authorization: Bearer ${made}`,
      `const key = '${made}'`,
      `https://host/?q=key%3D${made}%26`,
      JSON.stringify(JSON.stringify({ log: `keys:\n${made}\n` })),
      `key_${made}_old`,
      `${made}${made}`,
    ]) {
      expect(text.match(scanner)?.[0]).toBe(made)
    }
  })

  test.each([
    'pc_readme_0123456789',
    `pc_${'0'.repeat(48)}`,
    `PC_${'0'.repeat(49)}`,
    `pc_${'0'.repeat(20)}_${'0'.repeat(28)}`,
    `pc-${'0'.repeat(49)}`,
    'ghp_16C7e42F292c6912E7710c838347Ae178B4a',
    'sk-proj-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJ',
    '2bb80d537b1da3e38bd30361aa855686bde0eacd7162fef6a25fe97bf527a25b',
  ])('does not match `%s`', (text) => {
    expect(tokenPattern().test(text)).toBe(false)
  })

  test('takes linear time on text made to slow it down', () => {
    const scanner = new RegExp(tokenPattern(['pc', 'acme']), 'g')
    const started = performance.now()
    for (const part of ['pc_', 'pc_0000000000000000', 'acme_acme', `pc_${'0'.repeat(46)}_`, '0', '_']) {
      expect(part.repeat(1_000_000 / part.length).match(scanner)).toBe(null)
    }
    expect(performance.now() - started).toBeLessThan(5_000)
  })

  test('is made for prefixes only', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...inner, 'A', '-', '.', '*', '('), maxLength: 22 }), (text) => {
        const isGood = /^[a-z]/.test(text) && /[a-z0-9]$/.test(text) && /^[a-z0-9_]{2,20}$/.test(text)
        expect(isPrefix(text)).toBe(isGood)
        if (isGood) expect(tokenPattern(text).test(makeToken(text))).toBe(true)
        else expect(() => tokenPattern(text)).toThrow(RangeError)
      }),
      runs(1_000),
    )
    expect(() => tokenPattern([])).toThrow('expected at least one prefix')
    expect(() => tokenPattern(7 as never)).toThrow()
  })
})
