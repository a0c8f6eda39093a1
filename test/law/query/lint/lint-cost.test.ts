import { expect, test } from 'vitest'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { aliases, holding, role, world } from '../../world.ts'
import { day, linted } from './lint-world.ts'

const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** The time limit in milliseconds. A quadratic algorithm would take minutes. */
const limit = 20_000

/** Lints a world within a fifth of the time limit, as processor time. Returns the number of findings with a code. */
function countQuickly(code: string, rows: Parameters<typeof world>[0]): number {
  const state = world(rows)
  const start = process.cpuUsage()
  const found = linted(state, { at: origin + 1000 })
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(limit / 5)
  return found.filter((finding) => finding.code === code).length
}

const soon = [{ expiresAt: origin + day }]
const shared = (id: string) => ({ id, targets: [{ providerAccount: 'openai', model: 'gpt-4' }] })

test(
  'lint finds what ends soon in linear time, also among the many groups of one user',
  () => {
    const ids = list(1500, (i) => `gpt-${i}`)
    const groups = ids.map((id) => ({ id, ...aliases(id) }))
    const one = { id: 'ann', ...holding(ids, soon) }
    const many = list(3000, (i) => ({ id: `u${i}`, ...holding(['gpt-0'], soon) }))
    const rows = { modelAliases: ids.map((id) => ({ id })), accessGroups: groups, users: [one, ...many] }
    expect(countQuickly('assignment_ending', rows)).toBe(4500)
  },
  limit,
)

test(
  'lint tries what a scope could pass, not what its owner has',
  () => {
    const credentials = list(3000, (i) => ({
      id: `token ${i}`,
      scope: { type: 'list', selectors: [{ type: 'pattern', pattern: `claude-${i}*` }] } as const,
    }))
    const rows = {
      modelAliases: list(300, (i) => ({ id: `gpt-${i}` })),
      accessGroups: [{ id: 'all-models', allAliases: true }],
      users: [{ id: 'ann', ...holding(['all-models']) }],
      credentials,
    }
    expect(countQuickly('credential_scope_idle', rows)).toBe(3000)
  },
  limit,
)

test(
  'lint bounds the names and the principals that it tries for a bypass of each restriction',
  () => {
    const ids = list(2000, (i) => `gpt-${i}`)
    const everyone = ids.map((alias) => ({
      id: alias,
      subject: { type: 'everyone' } as const,
      selector: { type: 'alias', alias } as const,
    }))
    const rows = { modelAliases: ids.map(shared), restrictions: everyone, users: list(2000, (i) => ({ id: `u${i}` })) }
    expect(countQuickly('restriction_bypassed', rows)).toBe(0)
    const withRole = [...rows.users, { id: 'ann', ...role('openai') }]
    expect(countQuickly('restriction_bypassed', { ...rows, users: withRole })).toBe(2000)
  },
  limit,
)

test(
  'lint counts the principals of an organization once',
  () => {
    const ids = list(3000, (i) => `team ${i}`)
    const rows = {
      modelAliases: [{ id: 'gpt-4' }],
      accessGroups: [{ id: 'all-models', allAliases: true }],
      teams: ids.map((id) => ({ id, ...holding(['all-models']) })),
    }
    expect(countQuickly('access_universal', rows)).toBe(1)
    expect(countQuickly('access_universal', { ...rows, virtualAccounts: [{ id: 'bot' }] })).toBe(0)
  },
  limit,
)
