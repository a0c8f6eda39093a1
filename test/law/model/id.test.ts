import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AccessGroupId, Digest, Id, isId, Label, ProviderAccountId } from '../../../src/model/value/id.ts'
import { arbitraryBadId, arbitraryId, nastyIds } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

/** Whether a string is a valid id. Checks each character, without the library's regular expression. */
function isIdByHand(text: string): boolean {
  if (text.length < 1 || text.length > 256) return false
  return [...text].every((character) => {
    const point = character.codePointAt(0) ?? 0
    const isControl = point < 0x20 || (point >= 0x7f && point <= 0x9f)
    const isOverride = (point >= 0x202a && point <= 0x202e) || (point >= 0x2066 && point <= 0x2069)
    const isSeparator = point === 0x2028 || point === 0x2029
    const isLoneSurrogate = point >= 0xd800 && point <= 0xdfff
    return !isControl && !isOverride && !isSeparator && !isLoneSurrogate
  })
}

const unit = fc.oneof(
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0x2020, max: 0x2070 }),
  fc.integer({ min: 0xd7f0, max: 0xe010 }),
  fc.integer({ min: 0, max: 0xff }),
)

describe('an id', () => {
  test('is any printable string of 1 to 256 characters, checked one by one', () => {
    const text = fc.array(unit, { maxLength: 6 }).map((units) => String.fromCharCode(...units))
    fc.assert(
      fc.property(text, (each) => {
        expect(isId(each)).toBe(isIdByHand(each))
        expect(Id.safeParse(each).success).toBe(isIdByHand(each))
      }),
      runs(3_000),
    )
  })

  test('may be a property name, an emoji, a path or very long, and is kept exactly', () => {
    fc.assert(
      fc.property(arbitraryId, (id) => {
        expect(Id.parse(id)).toBe(id)
      }),
      runs(300),
    )
    expect(new Set(nastyIds).size).toBe(nastyIds.length)
    expect(['\u{1f600}'.repeat(128), 'x'.repeat(256)].map(isId)).toEqual([true, true])
  })

  test('is refused with a lone surrogate, a control or bidirectional-override character, empty, or too long', () => {
    fc.assert(
      fc.property(arbitraryBadId, (text) => {
        expect(isId(text)).toBe(false)
      }),
      runs(1_000),
    )
    const refused = [
      '',
      '\u0000',
      'a\n',
      '\u007f',
      '\u0085',
      '\u202e',
      '\u2066',
      '\u2028',
      '\ud800',
      'a\udc00',
      '\udc00\ud800',
    ]
    expect(refused.filter(isId)).toEqual([])
    expect(['\u{1f600}'.repeat(129), 'x'.repeat(257)].map(isId)).toEqual([false, false])
  })

  test.each([1, 1n, null, undefined, true, {}, [], ['a'], Symbol.iterator])('is a string, not %s', (value) => {
    expect(Id.safeParse(value).success).toBe(false)
  })
})

test('a provider account’s id has no slash', () => {
  expect(['openai', 'a.b', '__proto__', 'a/b', '/'].map((id) => ProviderAccountId.safeParse(id).success)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ])
})

test('an access group’s name is lowercase letters and digits, separated by single hyphens or dots', () => {
  const accepted = ['gpt-models', 'gpt-4.1-models', '1.5', 'a.b.c', 'a', '0', 'tier-1', 'constructor', 'x'.repeat(256)]
  const refused = [
    'GPT Models',
    'Gpt',
    '-a',
    'a-',
    'a--b',
    '.a',
    'a.',
    'a..b',
    'a-.b',
    'a.-b',
    '.',
    '..',
    'a_b',
    'a/b',
    '',
    '__proto__',
    '\u00e9',
    'a\n',
    'x'.repeat(257),
  ]
  expect(accepted.filter((id) => !AccessGroupId.safeParse(id).success)).toEqual([])
  expect(refused.filter((id) => AccessGroupId.safeParse(id).success)).toEqual([])
})

test('a digest is 64 lowercase hexadecimal digits', () => {
  const digest = 'a1'.repeat(32)
  const refused = [digest.toUpperCase(), digest.slice(1), `${digest}0`, `${digest}\n`, `g${digest.slice(1)}`, '']
  expect(Digest.safeParse(digest).success).toBe(true)
  expect(refused.filter((text) => Digest.safeParse(text).success)).toEqual([])
})

describe('a label', () => {
  test('is a string that can be stored and displayed, with line breaks but without control or override characters', () => {
    expect(['', 'two\nlines\t', 'é 👩‍🚀'].map((text) => Label.safeParse(text).success)).toEqual([true, true, true])
    const refused = ['\u0000', 'a\u001b[31m', '\u202egnp', 'half \ud83d', 'x'.repeat(1025)]
    expect(refused.map((text) => Label.safeParse(text).success)).toEqual(refused.map(() => false))
  })
})
