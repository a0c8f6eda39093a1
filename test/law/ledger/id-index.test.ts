import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HoldQueue, type Queued } from '../../../src/ledger/storage/hold-queue.ts'
import { type HashSeed, hashOf, IdIndex } from '../../../src/ledger/storage/id-index.ts'
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

const word = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const seeds: fc.Arbitrary<HashSeed> = fc.tuple(word, word)

test('an index of ids is a map of them', () => {
  fc.assert(
    fc.property(steps, seeds, (all, seed) => {
      const texts: string[] = []
      const index = new IdIndex((row) => texts[row] ?? '', seed)
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

/** Returns `count` ids whose slots collide in a table of 2^`bits` slots under a seed. */
function collidingIds(count: number, bits: number, seed: HashSeed): readonly string[] {
  const ids: string[] = []
  for (let i = 0; ids.length < count; i += 1) {
    const id = `id ${i}`
    if ((hashOf(id, seed) & (2 ** bits - 1)) === 1) ids.push(id)
  }
  return ids
}

test('ids that collide under one seed are spread under another', () => {
  const ids = collidingIds(400, 10, [1, 2])
  for (const seed of [
    [2, 1],
    [1, 3],
    [0, 2],
    [2 ** 32 - 1, 7],
  ] as const) {
    const slots = new Set(ids.map((id) => hashOf(id, seed) & 1_023))
    // 400 random slots of 1,024 are 331 different ones on average.
    expect(slots.size).toBeGreaterThan(290)
  }
})

test('the hash of every id depends on each of its code units, on its length and on both halves of the seed', () => {
  const texts = [
    '',
    'a',
    'b',
    'ab',
    'ba',
    'abc',
    'abd',
    'a\u0000',
    '\u0000',
    '\u0000\u0000',
    'aa',
    'a'.repeat(255),
    'a'.repeat(256),
  ]
  const hashes = texts.flatMap((text) => [hashOf(text, [1, 2]), hashOf(text, [1, 3]), hashOf(text, [2, 2])])
  expect(new Set(hashes).size).toBe(hashes.length)
  expect(hashes).not.toContain(0)
})

test('many similar ids spread over the slots as random numbers do', () => {
  const counts = new Uint32Array(1 << 16)
  for (let i = 0; i < 1 << 18; i += 1) {
    const slot = hashOf(`call-${i}`, [3, 4]) & 0xff_ff
    counts[slot] = (counts[slot] ?? 0) + 1
  }
  expect(Math.max(...counts)).toBeLessThan(24)
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
