import { expect, test } from 'vitest'
import { isId } from '../../../src/model/value/id.ts'
import { HoldIds } from '../../../src/runtime/call/hold-id.ts'

test('the ids of an engine ascend and share a prefix, which differs from that of every other engine', () => {
  const [one, other] = [new HoldIds(), new HoldIds()]
  const ids = Array.from({ length: 100 }, () => one.next())
  expect(ids.every(isId)).toBe(true)
  expect([...new Set(ids)].sort()).toEqual(ids)
  expect(new Set(ids.map((id) => id.slice(0, 12)))).toEqual(new Set([ids[0]?.slice(0, 12)]))
  expect(other.next().slice(0, 12)).not.toBe(ids[0]?.slice(0, 12))
})
