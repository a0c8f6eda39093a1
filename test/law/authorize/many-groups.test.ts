import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromSnapshot } from '../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { putRow } from '../../../src/model/state/put-row.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { hasRow, rowsOf } from '../../../src/model/table/table.ts'
import { forever } from '../../../src/model/value/window.ts'
import { authorizeParsed } from '../../../src/policy/authorize.ts'
import { computeLimit } from '../../../src/policy/context/effective-access.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import { arbitraryCommands, arbitraryUseRequest } from '../../../src/testing/index.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { add, aliases, answer, holding, type World, world } from '../world.ts'

/** Groups without members. A holder of all of them has more groups than are computed for each decision. */
const fillers = Array.from({ length: computeLimit + 1 }, (_, n) => `filler-${n}`)
const assigned = fillers.map((accessGroup) => ({ accessGroup, windows: forever }))

type Held = { readonly accessGroups: readonly { readonly accessGroup: string }[] }
const isFull = ({ accessGroups }: Held): boolean => accessGroups.some(({ accessGroup }) => accessGroup === fillers[0])

/** Assigns every filler to each holder that does not have them yet, and keeps the rows of the others. */
function filled(state: State): State {
  let next = state
  for (const id of fillers) {
    if (hasRow(next.accessGroups, id)) continue
    const row = { id, aliases: { size: 0, root: [] }, patterns: [], allAliases: false, models: { size: 0, root: [] } }
    next = putRow(next, 'accessGroups', { ...row, createdAt: 1_600_000_000_000 })
  }
  const full = <Row extends Held>(row: Row): Row =>
    isFull(row) ? row : { ...row, accessGroups: [...row.accessGroups, ...assigned] }
  for (const row of rowsOf(state.teams)) if (!isFull(row)) next = putRow(next, 'teams', full(row))
  for (const row of rowsOf(state.virtualAccounts)) if (!isFull(row)) next = putRow(next, 'virtualAccounts', full(row))
  for (const row of rowsOf(state.users)) {
    if (!isFull(row)) next = putRow(next, 'users', { ...full(row), teams: row.teams.map(full) })
    else if (!row.teams.every(isFull)) next = putRow(next, 'users', { ...row, teams: row.teams.map(full) })
  }
  return next
}

function restored(state: State): State {
  const read = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(state))))
  return read.ok ? read.state : expect.fail(JSON.stringify(read.faults))
}

test('holders with many groups get the decisions of a state that was just loaded, over interleaved commands and states', () => {
  let changed = 0
  fc.assert(
    fc.property(arbitraryCommands, fc.infiniteStream(fc.nat()), (commands, numbers) => {
      const states: State[] = [emptyState]
      const asked: UseRequest[] = []
      for (const command of commands) {
        const before = states[states.length - 1] as State
        const applied = applyUnguarded(command, before)
        if (!applied.ok || applied.state === before) continue
        const now = filled(applied.state)
        states.push(now)
        const seed = numbers.next().value ?? 0
        asked.push(...fc.sample(arbitraryUseRequest(now), { numRuns: 2, seed }))
        for (const state of [now, states[seed % states.length] as State, now]) {
          const loaded = restored(state)
          for (const request of asked.slice(-6)) {
            expect(authorizeParsed(request, state)).toStrictEqual(authorizeParsed(request, loaded))
          }
        }
        const last = asked[asked.length - 1] as UseRequest
        if (answer(authorizeParsed(last, before)) !== answer(authorizeParsed(last, now))) changed += 1
      }
    }),
    runs(15),
  )
  expect(changed).toBeGreaterThan(5)
})

describe('the access of a holder with many groups follows a change of', () => {
  const many = holding(fillers)
  const open = holding([...fillers, 'open'])
  const before = world({
    modelAliases: [{ id: 'gpt' }],
    accessGroups: [...fillers.map((id) => ({ id })), { id: 'open', ...aliases('gpt') }],
    plans: [{ id: 'plan', accessGroups: [] }],
    teams: [
      { id: 'assigned', ...open },
      { id: 'planned', ...many, plan: 'plan' },
    ],
    users: [{ id: 'ann', teams: [{ team: 'planned', role: 'member', ...open }] }],
  })
  const listed = { type: 'list', accessGroups: fillers } as const
  const member = { type: 'member', team: 'planned', user: 'ann' } as const
  const assigned = { type: 'team', id: 'assigned' } as const
  const planned = { type: 'team', id: 'planned' } as const
  const ann = { type: 'user', id: 'ann' } as const

  test.each<[string, UseRequest['who'], World, string, string]>([
    ['a group', assigned, { accessGroups: [{ id: 'open' }] }, 'allow', 'model_not_granted'],
    ['its plan', planned, { plans: [{ id: 'plan', accessGroups: ['open'] }] }, 'model_not_granted', 'allow'],
    [
      'an entitlement',
      assigned,
      { organizations: [{ id: 'acme', entitlement: listed }] },
      'allow',
      'model_not_granted',
    ],
    ['a restriction', assigned, { restrictions: [{ id: 'r', subject: assigned }] }, 'allow', 'model_restricted'],
    ['a group of its membership', ann, { accessGroups: [{ id: 'open' }] }, 'allow', 'model_not_granted'],
    [
      'a restriction on its membership',
      ann,
      { restrictions: [{ id: 'r', subject: member }] },
      'allow',
      'model_restricted',
    ],
    [
      'the entitlement over its membership',
      ann,
      { organizations: [{ id: 'acme', entitlement: listed }] },
      'allow',
      'model_not_granted',
    ],
  ])('%s', (_, who, change, first, next) => {
    const after = add(before, change)
    const team = 'planned'
    const request = { type: 'use', who, model: 'gpt', at: 1_700_000_001_000, ...(who === ann ? { team } : {}) } as const
    const answers = [before, after, before].map((state) => answer(authorizeParsed(request, state)))
    expect(answers).toEqual([first, next, first])
  })
})
