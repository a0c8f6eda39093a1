import { expect, test } from 'vitest'
import type { Usage } from '../../../../src/query/lint/context/usage.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { aliases, holding, world } from '../../world.ts'
import { day, linted } from './lint-world.ts'

const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** The time limit in milliseconds. A quadratic algorithm would take minutes. */
const limit = 20_000

/** The processor time of this process in milliseconds, which other processes of a busy machine do not lengthen. */
function processorTime(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

test(
  'the cost of lint is not quadratic in the number of groups with unclear names',
  () => {
    const ids = list(5000, (i) => `x${i}`)
    const state = world({
      modelAliases: list(10, (i) => ({ id: `gpt-${i}` })),
      accessGroups: ids.map((id, i) => ({ id, ...aliases(`gpt-${i % 10}`) })),
      users: ids.map((id) => ({ id, ...holding([id]) })),
    })
    const start = processorTime()
    const found = linted(state, { at: 1_700_000_001_000 })
    expect(processorTime() - start).toBeLessThan(limit / 10)
    expect(new Set(found.map(({ code }) => code))).toEqual(new Set(['access_group_name_unclear']))
    expect(found).toHaveLength(ids.length)
  },
  limit,
)

test(
  'lint matches the patterns of restrictions once, not once per unserved alias',
  () => {
    const ids = list(6000, (i) => `a-${i}`)
    const state = world({
      modelAliases: ids.map((id) => ({ id, targets: [] })),
      users: ids.map((id) => ({ id })),
      restrictions: ids.map((id) => ({
        id,
        subject: { type: 'user', id },
        selector: { type: 'pattern', pattern: 'a-17*7' },
      })),
    })
    const start = processorTime()
    const found = linted(state, { at: 1_700_000_001_000 })
    expect(processorTime() - start).toBeLessThan(limit / 10)
    expect(found).toHaveLength(ids.length)
    expect(found.flatMap(({ fix = [] }) => fix).every(({ type }) => type === 'RetireModelAlias')).toBe(true)
  },
  limit,
)

const asked: Usage = { since: 1_700_000_000_000, entries: [] }

test.each([
  ['no call requests a model of it', []],
  ['its last assignee is too recent to count as unused', [{ startsAt: origin + 365 * day - 1 }]],
] as const)(
  'with a usage log the cost of lint is not quadratic in the assignees of a group: %s',
  (_, windows) => {
    const state = world({
      modelAliases: [{ id: 'claude' }],
      accessGroups: [{ id: 'claude-models', ...aliases('claude') }],
      users: [
        ...list(3000, (i) => ({ id: `u${i}`, ...holding(['claude-models']) })),
        ...windows.map((window) => ({ id: 'z', ...holding(['claude-models'], [window]) })),
      ],
    })
    const start = processorTime()
    const found = linted(state, { at: origin + 365 * day, usage: asked })
    expect(processorTime() - start).toBeLessThan(limit / 10)
    const unused = found.filter(({ code, fix }) => code === 'assignment_unused' && fix?.length === 1)
    expect(unused).toHaveLength(3000)
    expect(found.length - unused.length).toBe(1 - windows.length)
  },
  limit,
)

test(
  'with a usage log the cost of lint is not cubic in the groups of one user',
  () => {
    const ids = list(250, (i) => `claude-${i}`)
    const state = world({
      modelAliases: [{ id: 'claude' }],
      accessGroups: ids.map((id) => ({ id, ...aliases('claude') })),
      users: [{ id: 'ann', ...holding(ids) }],
    })
    const start = processorTime()
    const found = linted(state, { at: origin + 365 * day, usage: asked })
    expect(processorTime() - start).toBeLessThan(limit / 4)
    expect(found.filter(({ code }) => code === 'assignment_redundant')).toHaveLength(249)
  },
  limit,
)
