import fc from 'fast-check'
import { expect, test } from 'vitest'
import { noticeHeaders } from '../../../../src/gateway/refusal/notice-headers.ts'
import { credit } from '../../../../src/model/value/credit.ts'
import { firstInstant, lastInstant } from '../../../../src/model/value/instant.ts'
import { accepted, call, found, system } from '../../runtime/gateway.ts'

test('a call of a deprecated alias has `Deprecation`, `Sunset` and a link to the successor', async () => {
  const { engine } = await found()
  const sunsetAt = Date.parse('2099-12-31T23:59:59.900Z')
  const targets = [{ providerAccount: 'openai', model: 'gpt-5' }]
  accepted(
    await engine.execute(
      [
        { type: 'CreateModelAlias', alias: 'a "new" one', targets },
        { type: 'DeprecateModelAlias', alias: 'fast', sunsetAt, successor: 'a "new" one' },
      ],
      system,
    ),
  )
  const admission = await engine.admit({ ...call, estimate: credit('1') })
  if (!admission.admitted) throw new Error(admission.reason)
  const { notices } = admission.decision
  const deprecatedAt = Date.parse('2025-01-01T00:00:00Z')
  expect(noticeHeaders(notices, { deprecatedAt, documentation: 'https://example.com/d' })).toEqual({
    deprecation: '@1735689600',
    sunset: 'Thu, 31 Dec 2099 23:59:59 GMT',
    link: '</v1/models/a%20%22new%22%20one>; rel="successor-version", <https://example.com/d>; rel="deprecation"',
  })
  expect(noticeHeaders(notices)['deprecation']).toBe('@0')
  await admission.release()
})

test('without notices there are no headers, and without a successor there is no link', () => {
  expect(noticeHeaders([])).toEqual({})
  expect(noticeHeaders([{ type: 'model_deprecated', sunsetAt: lastInstant }])['link']).toBeUndefined()
})

test('`Deprecation` is never later than `Sunset`, and no header has a line break', () => {
  const instant = fc.integer({ min: firstInstant, max: lastInstant })
  fc.assert(
    fc.property(instant, instant, fc.string({ unit: 'binary' }), (sunsetAt, deprecatedAt, text) => {
      const options = { deprecatedAt, documentation: text, urlOf: () => text }
      const headers = noticeHeaders([{ type: 'model_deprecated', sunsetAt, successor: 'new' }], options)
      expect(Number(headers['deprecation']?.slice(1)) * 1_000).toBeLessThanOrEqual(Date.parse(headers['sunset'] ?? ''))
      for (const value of Object.values(headers)) expect(value).toMatch(/^[ -~]*$/)
    }),
  )
})
