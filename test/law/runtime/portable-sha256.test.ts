import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sha256 as portable } from '../../../src/runtime/portable-sha256.ts'
import { sha256 } from '../../../src/runtime/sha256.ts'

/** Strings of code units around the surrogates, most of them lone. */
const surrogates = fc
  .array(fc.integer({ min: 0xd7f0, max: 0xe00f }), { maxLength: 100 })
  .map((units) => String.fromCharCode(...units))

test('the portable SHA-256 has the digests of the standard', () => {
  expect(portable('')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  expect(portable('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
})

test('the portable SHA-256 agrees with Node.js at every length around the ends of blocks', () => {
  for (let length = 0; length <= 260; length += 1) {
    const text = 'é1'.repeat(length).slice(0, length)
    expect(portable(text)).toBe(sha256(text))
  }
  expect(portable('long'.repeat(100_000))).toBe(sha256('long'.repeat(100_000)))
})

test('the portable SHA-256 agrees with Node.js on every string, lone surrogates among them', () => {
  const text = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), surrogates)
  fc.assert(
    fc.property(text, (value) => {
      expect(portable(value)).toBe(sha256(value))
    }),
  )
})
