import { expect, test } from 'vitest'
import { refusalTable } from '../../../../src/gateway/refusal/refusal-table.ts'
import { upstreamReasonOf } from '../../../../src/gateway/refusal/upstream-status.ts'

test.each([
  [[200, 204, 400, 413, 415, 422], undefined],
  [[401, 402, 403, 404], 'upstream_refused'],
  [[408, 504], 'upstream_timeout'],
  [[409, 429, 500, 502, 503, 529], 'upstream_failed'],
] as const)('the statuses %j of an upstream are %s', (statuses, reason) => {
  for (const status of statuses) expect(upstreamReasonOf(status)).toBe(reason)
})

test('a key that the provider refuses is not retried by clients, and an upstream that fails is', () => {
  expect(refusalTable.upstream_refused.isRetried).toBe(false)
  expect(refusalTable.upstream_failed.isRetried).toBe(true)
})
