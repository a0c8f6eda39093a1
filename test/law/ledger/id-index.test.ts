import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HoldQueue, type Queued } from '../../../src/ledger/storage/hold-queue.ts'
import { IdIndex } from '../../../src/ledger/storage/id-index.ts'
import { IdMap } from '../../../src/ledger/storage/id-map.ts'
import { runs } from '../runs.ts'

const id = fc.oneof(
  fc.integer({ min: 0, max: 3_000 }).map((i) => `id ${i}`),
  fc.constantFrom('__proto__', 'constructor', ''),
)
const steps = fc.array(fc.record({ verb: fc.constantFrom('set', 'set', 'set', 'delete'), id }), {
  maxLength: 3_000,
  size: 'max',
})

test('an index of ids is a map of them', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const texts: string[] = []
      const index = new IdIndex((row) => texts[row] ?? '')
      const map = new Map<string, number>()
      for (const { verb, id } of all) {
        if (verb === 'delete') {
          index.delete(id)
          map.delete(id)
        } else {
          texts.push(id)
          index.set(id, texts.length - 1)
          map.set(id, texts.length - 1)
        }
      }
      for (const { id } of all) expect(index.find(id)).toBe(map.get(id) ?? -1)
      expect([...index.rows()].sort((a, b) => a - b)).toEqual([...map.values()].sort((a, b) => a - b))
    }),
    runs(60),
  )
})

test('a map by id finds what was added, and nothing that was deleted', () => {
  const map = new IdMap<number>()
  for (let i = 0; i < 100; i += 1) map.add(`${i}`, i)
  map.set('7', 70)
  map.delete('8')
  expect([map.get('7'), map.get('8'), map.get('__proto__'), [...map.values()].length]).toEqual([
    70,
    undefined,
    undefined,
    99,
  ])
})

test('the queue returns the next due row after any removals and moves', () => {
  const at = fc.nat(50)
  const verb = fc.constantFrom('add', 'add', 'remove', 'move', 'take')
  fc.assert(
    fc.property(fc.array(fc.record({ verb, at, which: fc.nat(30) }), { maxLength: 200 }), (all) => {
      const queue = new HoldQueue<Queued>()
      const rows: Queued[] = []
      const first = () => [...rows].sort((a, b) => a.expiresAt - b.expiresAt || a.order - b.order)[0]
      let order = 0
      for (const { verb, at, which } of all) {
        const row = rows[which % Math.max(1, rows.length)]
        if (verb === 'add') {
          order += 1
          const added = { expiresAt: at, order, place: -1 }
          rows.push(added)
          queue.add(added)
        } else if (row !== undefined && verb === 'move') {
          row.expiresAt = at
          queue.move(row)
        } else {
          const gone = verb === 'take' ? queue.first() : row
          if (gone === undefined) continue
          queue.remove(gone)
          rows.splice(rows.indexOf(gone), 1)
          expect(gone.place).toBe(-1)
        }
        expect(queue.first()).toBe(first())
      }
    }),
    runs(300),
  )
})
