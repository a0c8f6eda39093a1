import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isId } from '../../../src/model/value/id.ts'
import { quote } from '../../../src/model/value/quote.ts'
import { arbitraryBadId, arbitraryId } from '../../../src/testing/index.ts'
import { runs } from '../runs.ts'

test('a quoted string has the characters of an id only: no control, override or half character', () => {
  fc.assert(
    fc.property(fc.oneof(arbitraryBadId, arbitraryId, fc.string({ unit: 'binary', maxLength: 20 })), (text) => {
      const quoted = quote(text)
      expect(isId(quoted)).toBe(true)
      expect(quoted).toMatch(/^`[^`]*`$/)
    }),
    runs(400),
  )
})

test('a short id without backticks is quoted as it is', () => {
  fc.assert(
    fc.property(arbitraryId, (id) => {
      if (id.length <= 64 && !id.includes('`')) expect(quote(id)).toBe(`\`${id}\``)
    }),
    runs(300),
  )
})
