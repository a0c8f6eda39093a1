import { describe, expect, test } from 'vitest'
import { apply } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import { parseCommand } from '../../../src/change/message/parse-command.ts'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, kinds, type State } from '../../../src/model/state/state.ts'
import type { Scope } from '../../../src/model/value/selector.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import { formatPreview } from '../../../src/query/diff/format-preview.ts'
import { preview } from '../../../src/query/diff/preview.ts'
import { listModels } from '../../../src/query/list-models.ts'
import { holding, memberOf, role, type World, world } from '../world.ts'

const at = 1_700_000_001_000
const ann = { type: 'user', id: 'ann' } as const
const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))

/** The processor time of a call in milliseconds, which other processes of a busy machine do not lengthen. */
function timeOf(run: () => unknown): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** Applies a command that must be accepted. */
function accept(command: object, state: State): void {
  expect(apply({ actor: { type: 'system' }, at, ...command } as Command, state)).toMatchObject({ ok: true })
}

/** Each bound is at least ten times the linear cost, and a quadratic algorithm takes several times the bound. */
const limit = 60_000

describe('the cost of a wrong snapshot does not depend on its length', () => {
  const empty = toSnapshot(emptyState)
  test.each(['administrators', ...kinds])(
    '%s of a million zeros, or ten million gaps',
    (kind) => {
      for (const entries of [new Array(1_000_000).fill(0), new Array(10_000_000)]) {
        let restored: ReturnType<typeof fromSnapshot> | undefined
        expect(timeOf(() => (restored = fromSnapshot({ ...empty, [kind]: entries })))).toBeLessThan(500)
        expect(restored?.ok === false && restored.faults.length).toBe(kind === 'administrators' ? 1 : 100)
      }
    },
    limit,
  )

  test(
    'faults of 50,000 rows: a hundred are reported',
    () => {
      const user = { ...toSnapshot(world({ users: [ann] })).users[0] }
      const faultsFor = (snapshot: object): number => {
        const restored = fromSnapshot({ ...empty, ...snapshot })
        return restored.ok ? 0 : restored.faults.length
      }
      expect(faultsFor({ users: list(50_000, () => user) })).toBe(100)
      const administrators = list(1000, (i) => ({ type: 'user', id: `u${i}` }))
      expect(faultsFor({ administrators })).toBe(100)
    },
    limit,
  )
})

test(
  'the cost of a decision is linear in the teams of a user',
  () => {
    const teams = list(8000, (i) => `team-${i}`)
    const rows = (metered: boolean): World => ({
      teams: teams.map((id) => ({ id, metered, ...holding(['g']) })),
      accessGroups: [{ id: 'g', allAliases: true }],
      modelAliases: [{ id: 'chat' }],
      users: [{ id: 'ann', ...memberOf(...teams) }],
    })
    for (const metered of [true, false]) {
      const state = world(rows(metered))
      expect(timeOf(() => authorize({ type: 'use', who: ann, model: 'chat', at }, state))).toBeLessThan(300)
    }
  },
  limit,
)

test(
  'the cost of a manage decision is not quadratic in the windows of the roles',
  () => {
    const teams = list(20, (i) => `team-${i}`)
    const windowsOf = (j: number) =>
      list(1000, (i) => ({ startsAt: at + 1000 * (20 * i + j), expiresAt: at + 1000 * (20 * i + j) + 500 }))
    const state = world({
      teams: teams.map((id, j) => ({
        id,
        roleGrants: [{ providerAccount: 'openai', role: 'manager', windows: windowsOf(j) }],
      })),
      users: [{ id: 'ann', ...memberOf(...teams) }],
    })
    const request = { type: 'manage', who: ann, thing: { type: 'providerAccount', id: 'openai' }, at } as const
    expect(timeOf(() => expect(authorize(request, state).effect).toBe('allow'))).toBeLessThan(600)
  },
  limit,
)

test(
  'a list of models matches each name with few of the patterns of a group',
  () => {
    const state = world({
      modelAliases: list(10_000, (i) => ({ id: `m-${i}` })),
      accessGroups: [{ id: 'g', patterns: list(10_000, (i) => `p${i}-*`) }],
      users: [{ id: 'ann', ...holding(['g']) }],
    })
    expect(timeOf(() => listModels(ann, state, { at }))).toBeLessThan(600)
  },
  limit,
)

test(
  'a list of models with 100 patterns in the scope searches unlisted models for a bounded time',
  () => {
    const state = world({
      users: [{ id: 'ann', ...role('openai') }],
      credentials: [
        {
          id: 'pat',
          owner: ann,
          scope: { type: 'list', selectors: list(100, (i) => ({ type: 'pattern', pattern: `*p${i}-*` })) },
        },
      ],
    })
    expect(timeOf(() => listModels({ type: 'credential', id: 'pat' }, state, { at }))).toBeLessThan(5000)
  },
  limit,
)

describe('the cost of a command is not quadratic', () => {
  const models = list(1000, (i) => ({ type: 'model', providerAccount: 'openai', model: `x-${i}` }) as const)
  const scope = (count: number): Scope => ({ type: 'list', selectors: models.slice(0, count) })
  const manager: World = {
    modelAliases: models.map(({ model }) => ({ id: model })),
    teams: [{ id: 'dev' }],
    users: [{ id: 'ann', teams: [{ team: 'dev', role: 'manager', accessGroups: [] }] }],
    credentials: [{ id: 'pat', owner: ann, scope: scope(1000) }],
    restrictions: [{ id: 'r', subject: ann, selector: { type: 'pattern', pattern: 'none*' } }],
  }

  test(
    'in the selectors of a scope that a user updates',
    () => {
      const command = { type: 'UpdateCredential', credential: 'pat', scope: scope(999), actor: ann }
      // The quadratic algorithm takes 60 ms or more, the linear one 3 ms in the best of ten runs.
      const times = list(10, () => world(manager)).map((state) => timeOf(() => accept(command, state)))
      expect(Math.min(...times)).toBeLessThan(30)
    },
    limit,
  )

  test(
    'in the models of a key that a restricted manager issues',
    () => {
      const owner = { type: 'team', id: 'dev' }
      const command = { type: 'IssueCredential', credential: 'key', owner, digest: 'e'.repeat(64), scope: scope(1000) }
      const state = world(manager)
      expect(timeOf(() => accept({ ...command, actor: ann }, state))).toBeLessThan(400)
    },
    limit,
  )

  test(
    'in the teams and the tokens of a member of a deleted organization',
    () => {
      const teams = list(1000, (i) => `team-${i}`)
      const state = world({
        teams: teams.map((id) => ({ id })),
        users: [{ id: 'ann', ...memberOf(...teams) }],
        credentials: list(10_000, (i) => ({ id: `pat-${i}`, owner: ann, team: `team-${i % 1000}` })),
      })
      const command = { type: 'DeleteOrganization', organization: 'acme', cascade: true }
      expect(timeOf(() => accept(command, state))).toBeLessThan(4000)
    },
    limit,
  )
})

test('a command with 20,000 unknown keys is rejected with at most a hundred issues', () => {
  const value = { type: 'CreateUser', ...Object.fromEntries(list(20_000, (i) => [`k${i}`, 0])) }
  const parsed = parseCommand(value)
  expect(!parsed.ok && parsed.rejection.details.issues).toHaveLength(100)
})

test('a preview of 10,000 rejected commands lists a hundred of them, and counts all', () => {
  const commands = list(10_000, () => ({}) as Command)
  const result = preview(commands, emptyState)
  if (!result.ok) throw new Error(result.fault.message)
  expect(result).toMatchObject({ accepted: false, rejectedCount: 10_000 })
  expect(result.steps).toHaveLength(100)
  expect(JSON.stringify(result).length).toBeLessThan(100_000)
  expect(formatPreview(result).split('\n')).toHaveLength(102)
  expect(formatPreview(result)).toContain('and 9900 more commands, 9900 of them rejected')
})
