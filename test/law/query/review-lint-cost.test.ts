import { expect, test } from 'vitest'
import { aliases, holding, world } from '../world.ts'
import { linted } from './lint-world.ts'

const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** Milliseconds; minutes if one list is gone through for each entry of another. */
const limit = 20_000

test(
  'lint takes no square of the groups whose names say nothing',
  () => {
    const ids = list(5000, (i) => `x${i}`)
    const state = world({
      modelAliases: list(10, (i) => ({ id: `gpt-${i}` })),
      accessGroups: ids.map((id, i) => ({ id, ...aliases(`gpt-${i % 10}`) })),
      users: ids.map((id) => ({ id, ...holding([id]) })),
    })
    const start = performance.now()
    const found = linted(state, { at: 1000 })
    expect(performance.now() - start).toBeLessThan(limit / 10)
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['access_group_name_unclear']))
    expect(found).toHaveLength(ids.length)
  },
  limit,
)

test(
  'lint goes through the patterns that restrictions select by once, not for each alias that nothing serves',
  () => {
    const ids = list(6000, (i) => `a-${i}`)
    const state = world({
      modelAliases: ids.map((id) => ({ id, targets: [] })),
      users: ids.map((id) => ({ id })),
      restrictions: ids.map((id) => ({
        id,
        subject: { type: 'user', id },
        selector: { type: 'aliasPattern', pattern: 'a-17*7' },
      })),
    })
    const start = performance.now()
    const found = linted(state, { at: 1000 })
    expect(performance.now() - start).toBeLessThan(limit / 10)
    expect(found).toHaveLength(ids.length)
    expect(found.flatMap(({ fix = [] }) => fix).every(({ type }) => type === 'RetireModelAlias')).toBe(true)
  },
  limit,
)
