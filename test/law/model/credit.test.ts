import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CreditText,
  credit,
  creditLimit,
  creditScale,
  formatCredit,
  PositiveCreditText,
  SignedCreditText,
  signedCredit,
} from '../../../src/model/value/credit.ts'
import { runs } from '../runs.ts'

describe('credits are exact', () => {
  test('every amount is formatted and parsed without loss', () => {
    const units = fc.oneof(
      fc.bigInt(0n, creditLimit),
      fc.bigInt(0n, 2_000_000_000n),
      fc.constantFrom(0n, 1n, creditLimit),
    )
    fc.assert(
      fc.property(units, (amount) => {
        const text = formatCredit(amount)
        expect(credit(text)).toBe(amount)
        expect(CreditText.safeParse(text).success).toBe(true)
        expect(PositiveCreditText.safeParse(text).success).toBe(amount > 0n)
      }),
      runs(1_000),
    )
  })

  test('an amount is whole credits times 10^9, plus its decimals', () => {
    const decimals = fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 1, maxLength: creditScale })
    fc.assert(
      fc.property(fc.bigInt(0n, 999_999_999n), decimals, (whole, fraction) => {
        const expected = whole * 10n ** 9n + BigInt(fraction) * 10n ** BigInt(creditScale - fraction.length)
        expect(credit(`${whole}.${fraction}`)).toBe(expected)
        expect(credit(formatCredit(expected))).toBe(expected)
      }),
      runs(500),
    )
  })

  test('a formatted amount is the shortest string with its value', () => {
    const written = [0n, 1n, 125_000n, 1_000_000_000n, 1_500_000_000n, -1n, -2_000_000_000n, creditLimit]
    expect(written.map(formatCredit)).toEqual([
      '0',
      '0.000000001',
      '0.000125',
      '1',
      '1.5',
      '-0.000000001',
      '-2',
      '9223372036.854775807',
    ])
    expect(credit('0.000125')).toBe(125_000n)
  })

  test.each([
    ['a float', 0.1],
    ['a number', 1000],
    ['a bigint', 1n],
    ['nothing', undefined],
    ['empty text', ''],
    ['a sign', '-1'],
    ['a plus', '+1'],
    ['an exponent', '1e3'],
    ['a leading zero', '01'],
    ['no whole part', '.5'],
    ['no decimals after the point', '1.'],
    ['ten decimals', '0.0000000001'],
    ['a space', ' 1'],
    ['a line break', '1\n'],
    ['a comma', '1,5'],
    ['a thousands separator', '1_000'],
    ['hexadecimal', '0x10'],
    ['other digits', '\u0661'],
    ['infinity', 'Infinity'],
    ['one unit too many', formatCredit(creditLimit + 1n)],
    ['thirteen digits', '1000000000000'],
  ])('%s is refused', (_, value) => {
    expect(() => credit(value as string)).toThrow(RangeError)
    expect(CreditText.safeParse(value).success).toBe(false)
  })

  test.each([
    ['999999999999', 'expected an exact amount of credits as a decimal string of at most `9223372036.854775807`'],
    [
      '9223372036.854775808',
      'expected an exact amount of credits as a decimal string of at most `9223372036.854775807`',
    ],
    ['1000000000000', 'expected an exact amount of credits as a decimal string of at most `9223372036.854775807`'],
    ['0.0000000001', 'expected an exact amount of credits as a decimal string with at most nine decimals'],
    ['1000000000000.0000000001', 'expected an exact amount of credits as a decimal string with at most nine decimals'],
    ['1e3', 'expected an exact amount of credits as a decimal string, as in `0.000125`'],
    ['-1', 'expected an exact amount of credits as a decimal string, as in `0.000125`'],
  ])('the refusal of `%s` names the limit that it breaks', (text, message) => {
    expect(() => credit(text)).toThrow(new RangeError(`${message}, not \`${text}\``))
    expect(CreditText.safeParse(text).error?.issues.map((issue) => issue.message)).toEqual([message])
  })
})

describe('a signed amount', () => {
  test('is every formatted amount, a debt included', () => {
    fc.assert(
      fc.property(fc.bigInt(-creditLimit, creditLimit), (amount) => {
        const text = formatCredit(amount)
        expect(signedCredit(text)).toBe(amount)
        expect(SignedCreditText.safeParse(text).success).toBe(true)
      }),
      runs(300),
    )
  })

  test.each(['--1', '+1', '-', '- 1', '-01', '-.5', '-1.', '-0.0000000001', '-9223372036.854775808'])(
    '`%s` is refused',
    (text) => {
      expect(SignedCreditText.safeParse(text).success).toBe(false)
      expect(() => signedCredit(text)).toThrow(RangeError)
    },
  )
})
