import { describe, expect, test } from 'vitest'
import { parseCommand } from '../../../../src/change/message/parse-command.ts'
import { replay } from '../../../../src/change/replay.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { getRow } from '../../../../src/model/table/table.ts'
import { add, holding, memberOf, world } from '../../world.ts'
import { accepted, commandOf, now, outcome, rejected, type Step, user } from '../story.ts'

const list = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i))
const ann = user('ann')
const second = 1000

/** The window with this number. Windows do not touch. */
const windowAt = (i: number) => ({ startsAt: now + 2 * i * second, expiresAt: now + (2 * i + 1) * second })

const teams = list(1001, (i) => `t-${i}`)
const groups = list(10_001, (i) => `g-${i}`)
const accounts = list(1001, (i) => `a-${i}`)
const people = list(1001, (i) => `u-${i}`)
const base = world({
  teams: teams.map((id) => ({ id })),
  accessGroups: groups.map((id) => ({ id })),
  providerAccounts: accounts.map((id) => ({ id })),
  users: people.map((id) => ({ id })),
})

interface Case {
  readonly name: string
  readonly full: State
  /** Adds one entry to the full list. */
  readonly step: Step
  /** Frees one place in the full list. */
  readonly remedy: Step
  readonly limit: number
  readonly path: readonly string[]
}

const cases: readonly Case[] = [
  {
    name: 'the teams of a user',
    full: add(base, { users: [{ id: 'ann', ...memberOf(...teams.slice(0, 1000)) }] }),
    step: { type: 'AddTeamMember', team: 't-1000', user: 'ann' },
    remedy: { type: 'RemoveTeamMember', team: 't-0', user: 'ann' },
    limit: 1000,
    path: ['user'],
  },
  {
    name: 'the groups of a holder',
    full: add(base, { users: [{ id: 'ann', ...holding(groups.slice(0, 10_000)) }] }),
    step: { type: 'AssignAccessGroup', accessGroup: 'g-10000', principal: ann },
    remedy: { type: 'UnassignAccessGroup', accessGroup: 'g-0', principal: ann },
    limit: 10_000,
    path: ['principal'],
  },
  {
    name: 'the roles of a principal',
    full: add(base, {
      users: [
        {
          id: 'ann',
          roleGrants: accounts.slice(0, 1000).map((id) => ({ providerAccount: id, role: 'user', windows: [{}] })),
        },
      ],
    }),
    step: { type: 'GrantRole', providerAccount: 'a-1000', principal: ann, role: 'user' },
    remedy: { type: 'RevokeRole', providerAccount: 'a-0', principal: ann, role: 'user' },
    limit: 1000,
    path: ['principal'],
  },
  {
    name: 'the windows of a role',
    full: add(base, {
      users: [{ id: 'ann', roleGrants: [{ providerAccount: 'a-0', role: 'user', windows: list(1000, windowAt) }] }],
    }),
    step: { type: 'GrantRole', providerAccount: 'a-0', principal: ann, role: 'user', ...windowAt(1000) },
    remedy: { type: 'RevokeRole', providerAccount: 'a-0', principal: ann, role: 'user' },
    limit: 1000,
    path: ['expiresAt'],
  },
  {
    name: 'the windows of an assignment',
    full: add(base, { users: [{ id: 'ann', ...holding(['g-0'], list(1000, windowAt)) }] }),
    step: { type: 'AssignAccessGroup', accessGroup: 'g-0', principal: ann, ...windowAt(1000) },
    remedy: { type: 'UnassignAccessGroup', accessGroup: 'g-0', principal: ann },
    limit: 1000,
    path: ['expiresAt'],
  },
  {
    name: 'the admins of an organization',
    full: add(base, { organizations: [{ id: 'acme', admins: people.slice(0, 1000).map(user) }] }),
    step: { type: 'AddOrganizationAdmin', organization: 'acme', admin: user('u-1000') },
    remedy: { type: 'RemoveOrganizationAdmin', organization: 'acme', admin: user('u-0') },
    limit: 1000,
    path: ['organization'],
  },
  {
    name: 'the administrators',
    full: { ...base, administrators: people.slice(0, 1000).map(user) },
    step: { type: 'AddAdministrator', administrator: user('u-1000') },
    remedy: { type: 'RemoveAdministrator', administrator: user('u-0') },
    limit: 1000,
    path: ['administrator'],
  },
]

describe.each(cases)('$name', ({ full, step, remedy, limit, path }) => {
  test('one more than the limit is rejected, and accepted after one is removed', () => {
    expect(rejected(full, step)).toMatchObject({ code: 'limit_exceeded', path, details: { limit } })
    expect(outcome(accepted(full, remedy).state, step)).toBe('accepted')
  })

  test('a replay refuses the event that exceeds the limit', () => {
    const { events } = accepted(accepted(full, remedy).state, step)
    expect(() => replay(events, full)).toThrow('cannot have happened')
  })

  test('a snapshot of the full list is restored', () => {
    expect(fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(full)))).ok).toBe(true)
  })
})

test('a snapshot with more entries than the limit is refused', () => {
  const more = { ...add(base, { users: [{ id: 'ann', ...memberOf(...teams) }] }) }
  expect(fromSnapshot(toSnapshot(more))).toMatchObject({
    ok: false,
    faults: [{ code: 'snapshot_invalid', message: 'expected at most 1000 teams' }],
  })
})

test('windows that have ended make room for others: the oldest is dropped', () => {
  const ended = list(1000, (i) => ({
    startsAt: now - 3000 * second + 2 * i,
    expiresAt: now - 3000 * second + 2 * i + 1,
  }))
  const state = add(base, { users: [{ id: 'ann', ...holding(['g-0'], ended) }] })
  const { state: after } = accepted(state, {
    type: 'AssignAccessGroup',
    accessGroup: 'g-0',
    principal: ann,
    ...windowAt(0),
  })
  const [assignment] = getRow(after.users, 'ann').accessGroups
  expect(assignment?.windows).toEqual([...ended.slice(1), windowAt(0)])
})

test('a scope has at most 1,000 selectors and 100 patterns', () => {
  const issue = (selectors: readonly object[]) =>
    parseCommand(
      commandOf({
        type: 'IssueCredential',
        credential: 'c',
        owner: ann,
        digest: 'a'.repeat(64),
        scope: { type: 'list', selectors: selectors as [] },
      }),
    )
  const patterns = (count: number) => list(count, (i) => ({ type: 'pattern', pattern: `p${i}*` }))
  const aliases = (count: number) => list(count, (i) => ({ type: 'alias', alias: `p${i}` }))
  expect(issue([...patterns(100), ...aliases(900)]).ok).toBe(true)
  expect(issue(patterns(101))).toMatchObject({ rejection: { message: 'expected at most 100 patterns' } })
  expect(issue(aliases(1001))).toMatchObject({ rejection: { message: 'expected at most 1000 selectors' } })
})
