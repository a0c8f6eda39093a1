import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ExpiryHeap, isBefore } from '../../../../src/adapter/memory/expiry-heap.ts'
import { runs } from '../../runs.ts'

test('a heap gives its rows by expiry and then by age, however they come and go', () => {
  const add = fc.integer({ min: 0, max: 20 })
  fc.assert(
    fc.property(fc.array(fc.oneof({ weight: 2, arbitrary: add }, fc.constant('take' as const))), (steps) => {
      const heap = new ExpiryHeap<{ expiresAt: number; order: number }>()
      const rows: { expiresAt: number; order: number }[] = []
      steps.forEach((step, order) => {
        if (step === 'take') {
          expect(heap.take()).toEqual(rows.shift())
        } else {
          heap.add({ expiresAt: step, order })
          rows.push({ expiresAt: step, order })
          rows.sort((a, b) => (isBefore(a, b) ? -1 : 1))
        }
        expect(heap.first()).toEqual(rows[0])
      })
    }),
    runs(500),
  )
})
