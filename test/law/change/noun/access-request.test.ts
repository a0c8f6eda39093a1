import { describe, expect, test } from 'vitest'
import { applyAs } from '../../../../src/change/apply-as.ts'
import {
  type AccessRequest,
  endedRequestLimit,
  pendingRequestLimit,
  type RequestSubject,
  type Wanted,
} from '../../../../src/model/noun/access-request.ts'
import { checkState } from '../../../../src/model/state/check-state.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { findRow } from '../../../../src/model/table/table.ts'
import { lastInstant } from '../../../../src/model/value/instant.ts'
import type { Actor } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { rowsIn } from '../../../../src/testing/arbitrary/state.ts'
import { accepted, by, now, office, outcome, rejected, type Step, stateAfter, user, virtualAccount } from '../story.ts'

const hour = 3_600_000
const day = 24 * hour
const self = { type: 'user', id: 'mia' } as const
const membership = { type: 'member', team: 'dev', user: 'mia' } as const
const bot = { type: 'virtualAccount', id: 'bot' } as const
const group = (id: string): Wanted => ({ type: 'accessGroup', id })
const model = (name: string): Wanted => ({ type: 'model', name })

interface Ask {
  readonly request?: string
  readonly actor?: Actor
  readonly at?: number
  readonly expiresAt?: number
  readonly duration?: number
}

function ask(subject: RequestSubject, wanted: Wanted, rest: Ask = {}): Step {
  return {
    type: 'RequestAccess',
    request: 'ask',
    actor: user('mia'),
    subject,
    wanted,
    reason: 'a demo',
    duration: 2 * hour,
    ...rest,
  }
}

const approve = (fields: object = {}): Step => by(user('olga'), { type: 'ApproveAccess', request: 'ask', ...fields })
const deny = (fields: object = {}): Step => by(user('olga'), { type: 'DenyAccess', request: 'ask', ...fields })
const withdraw: Step = by(user('mia'), { type: 'WithdrawRequest', request: 'ask' })

/** Returns the outcome that the state stores for a request. */
function outcomeOf(state: State, request = 'ask'): AccessRequest['outcome'] {
  return findRow(state.accessRequests, request)?.outcome
}

/** Whether mia may use a model on behalf of team dev at an instant. */
function mayUse(name: string, at: number, state: State): boolean {
  return authorize({ type: 'use', who: user('mia'), team: 'dev', model: name, at }, state).effect === 'allow'
}

test('an approval gives the group for the requested time, and the access ends by itself', () => {
  const { state, events } = accepted(stateAfter(office, ask(membership, group('gpt'))), approve({ note: 'go' }))
  expect(events.map(({ type }) => type)).toEqual(['AccessGroupAssigned', 'AccessApproved'])
  expect(events[0]).toMatchObject({ principal: membership, window: { startsAt: now, expiresAt: now + 2 * hour } })
  const instants = [now - 1, now, now + 2 * hour - 1, now + 2 * hour]
  expect(instants.map((at) => mayUse('gpt-4', at, state))).toEqual([false, true, true, false])
  expect(outcomeOf(state)).toEqual({
    type: 'approved',
    at: now,
    by: user('olga'),
    accessGroup: 'gpt',
    expiresAt: now + 2 * hour,
    note: 'go',
  })
  expect(checkState(state)).toEqual([])
})

test('an approval joins the windows that the subject has, and shortens none', () => {
  const given: Step = { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: membership, expiresAt: now + day }
  const state = stateAfter(office, given, ask(membership, group('gpt')))
  const { events } = accepted(state, approve())
  expect(events.map(({ type }) => type)).toEqual(['AccessApproved'])
  expect(mayUse('gpt-4', now + day - 1, accepted(state, approve()).state)).toBe(true)
})

test('an approver may shorten the duration, and not lengthen it', () => {
  const state = stateAfter(office, ask(membership, group('gpt')))
  const shorter = accepted(state, approve({ duration: hour })).state
  expect([now + hour - 1, now + hour].map((at) => mayUse('gpt-4', at, shorter))).toEqual([true, false])
  expect(rejected(state, approve({ duration: 2 * hour + 1 }))).toMatchObject({
    code: 'window_exceeded',
    path: ['duration'],
  })
})

test('a revocation of the granted assignment is the ordinary command', () => {
  const granted = stateAfter(office, ask(membership, group('gpt')), approve())
  const step: Step = { type: 'UnassignAccessGroup', accessGroup: 'gpt', principal: membership }
  const revoked = stateAfter(granted, by(user('olga'), step))
  expect(mayUse('gpt-4', now + 1, revoked)).toBe(false)
})

describe('a request for a model', () => {
  const state = stateAfter(office, ask(membership, model('gpt-4')))

  test('needs a group by the approver, and the group has to give the model', () => {
    expect(rejected(state, approve())).toMatchObject({ code: 'access_request_unmatched', path: ['accessGroup'] })
    expect(rejected(state, approve({ accessGroup: 'mini' })).code).toBe('access_request_unmatched')
    expect(rejected(state, approve({ accessGroup: 'nix' })).code).toBe('entitlement_exceeded')
    expect(mayUse('gpt-4', now, stateAfter(state, approve({ accessGroup: 'gpt' })))).toBe(true)
  })

  test('may name a concrete model, and a group that gives one of its routes', () => {
    const routes: Step = {
      type: 'CreateAccessGroup',
      accessGroup: 'routes',
      members: [{ type: 'modelPattern', providerAccount: 'openai', pattern: '*' }],
    }
    const wide: Step = {
      type: 'UpdateOrganization',
      organization: 'acme',
      entitlement: { type: 'list', accessGroups: ['gpt', 'routes'] },
    }
    const asked = stateAfter(office, routes, wide, ask(membership, model('openai/gpt-4')))
    expect(outcome(asked, approve({ accessGroup: 'gpt' }))).toBe('access_request_unmatched')
    expect(outcome(asked, approve({ accessGroup: 'routes' }))).toBe('accepted')
  })

  test('is not approved with a group that the entitlement excludes, not even by an administrator', () => {
    const step = by(user('root'), { type: 'ApproveAccess', request: 'ask', accessGroup: 'all' })
    expect(rejected(state, step).code).toBe('access_not_grantable')
  })
})

describe('what cannot be granted is refused with one answer', () => {
  test.each([
    ['a group that does not exist', membership, group('nix')],
    ['a group that the entitlement excludes', membership, group('all')],
    ['a model that does not exist', membership, model('nix')],
    ['a model that no group of the entitlement gives', membership, model('claude')],
    ['a concrete model that no group of the entitlement gives', bot, model('any/claude-3')],
    ['a group that does not exist, for the user', self, group('nix')],
    ['a model that does not exist, for the user', self, model('any')],
    ['a model that no group gives, for the user', self, model('any/claude-3')],
  ] as const)('%s', (_, subject, wanted) => {
    const { code, path, message, details } = rejected(office, ask(subject, wanted))
    expect([code, path, details]).toEqual(['access_not_grantable', ['wanted'], {}])
    const name = wanted.type === 'model' ? wanted.name : wanted.id
    const same = message.replace(`\`${name}\``, '…').replace(/^model|^access group/, '')
    expect(same).toMatch(/^ … cannot be granted to .*, correct the name or ask an administrator$/)
  })

  test('a model that no group gives, in an organization that is entitled to all groups', () => {
    const open = { type: 'UpdateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } } as const
    const state = stateAfter(office, open)
    expect(outcome(state, ask(membership, model('any/claude-3')))).toBe('access_not_grantable')
    const members = [{ type: 'modelPattern', providerAccount: 'any', pattern: '*' }] as const
    const given = stateAfter(state, { type: 'CreateAccessGroup', accessGroup: 'open', members })
    expect(outcome(given, ask(membership, model('any/claude-3')))).toBe('accepted')
  })

  test('a retired alias', () => {
    const retired = stateAfter(office, { type: 'RetireModelAlias', alias: 'gpt-3' })
    expect(rejected(retired, ask(membership, model('gpt-3'))).code).toBe('access_not_grantable')
  })

  test.each([
    ['a suspended team', { type: 'SuspendTeam', team: 'dev' }, membership],
    ['a suspended organization', { type: 'SuspendOrganization', organization: 'acme' }, membership],
    ['a suspended virtual account', { type: 'SuspendVirtualAccount', virtualAccount: 'bot' }, bot],
  ] as const)('%s, at the request and at the approval', (_, suspend, subject) => {
    expect(rejected(stateAfter(office, suspend), ask(subject, group('gpt')))).toMatchObject({
      code: 'access_not_grantable',
      path: ['subject'],
    })
    const later = stateAfter(office, ask(subject, group('gpt')), suspend)
    expect(rejected(later, { ...approve(), actor: user('root') }).code).toBe('access_not_grantable')
  })

  test('an entitlement that became narrower, at the approval', () => {
    const narrow: Step = {
      type: 'UpdateOrganization',
      organization: 'acme',
      entitlement: { type: 'list', accessGroups: ['mini'] },
    }
    const state = stateAfter(office, ask(membership, group('gpt')), narrow)
    expect(outcome(state, approve())).toBe('entitlement_exceeded')
    expect(outcome(state, { ...approve(), actor: user('root') })).toBe('access_not_grantable')
  })
})

describe('a request that is refused anyway does not tell whether what it asks for exists', () => {
  const names: readonly Wanted[] = [group('gpt'), group('nix'), model('gpt-4'), model('nix')]
  const codes = (state: State, rest: Ask) =>
    [self, membership, bot].flatMap((subject) => names.map((wanted) => outcome(state, ask(subject, wanted, rest))))

  test.each([
    ['one that ends before it begins', { expiresAt: now }, 'window_invalid'],
    ['one that is pending for too long', { expiresAt: now + 31 * day }, 'window_exceeded'],
  ])('%s', (_, rest, code) => {
    expect(new Set(codes(office, rest))).toEqual(new Set([code]))
  })

  test('one of a user that has 50 pending requests', () => {
    const full = stateAfter(
      office,
      ...Array.from({ length: pendingRequestLimit }, (_, i) => ask(self, group('gpt'), { request: `ask-${i}` })),
    )
    expect(new Set(codes(full, {}))).toEqual(new Set(['limit_exceeded']))
  })
})

describe('the subject of a request', () => {
  test.each([
    ['another user', { type: 'user', id: 'tom' }],
    ['a user that does not exist', { type: 'user', id: 'nix' }],
    ['the membership of another user', { type: 'member', team: 'dev', user: 'tom' }],
  ] as const)('is not %s', (_, subject) => {
    expect(rejected(office, ask(subject, group('gpt'))).code).toBe('management_not_granted')
  })

  test('is not a user that an administrator or `system` names', () => {
    for (const actor of [user('root'), { type: 'system' } as const])
      expect(rejected(office, ask(self, group('gpt'), { actor })).code).toBe('access_request_foreign')
  })

  test('is no virtual account of another organization, with the answer for one that does not exist', () => {
    const hidden = stateAfter(office, { type: 'CreateVirtualAccount', virtualAccount: 'x', organization: 'globex' })
    const asked = ask({ type: 'virtualAccount', id: 'x' }, group('gpt'))
    expect(rejected(hidden, asked)).toEqual(rejected(office, asked))
    expect(rejected(office, asked).code).toBe('virtual_account_unknown')
  })

  test('is no team of which the user is not a member, with the answer for one that does not exist', () => {
    const codes = ['ops', 'nix'].map((team) => {
      const { code, message } = rejected(office, ask({ type: 'member', team, user: 'mia' }, group('gpt')))
      return [code, message.replace(team, '…')]
    })
    expect(codes[0]).toEqual(codes[1])
    expect(codes[0]?.[0]).toBe('team_not_member')
  })

  test('a virtual account, a team token and a token for less than everything request nothing', () => {
    expect(outcome(office, ask(self, group('gpt'), { actor: virtualAccount('bot') }))).toBe('management_not_granted')
    const { type, request, subject, wanted, reason, duration } = ask(self, group('gpt')) as Record<string, unknown>
    const body = { type, request, subject, wanted, reason, duration }
    const byTeamToken = applyAs({ type: 'credential', id: 'mia-dev' }, now, body, office)
    expect(byTeamToken).toMatchObject({ ok: false, denial: { reason: 'management_not_granted' } })
    expect(applyAs({ type: 'credential', id: 'mia' }, now, body, office).ok).toBe(true)
  })
})

describe('no requester decides its own request', () => {
  test('not the requester as an administrator, nor with a token', () => {
    const own = { request: 'root', actor: user('root') }
    const state = stateAfter(office, ask({ type: 'user', id: 'root' }, group('gpt'), own))
    for (const type of ['ApproveAccess', 'DenyAccess'] as const)
      expect(rejected(state, by(user('root'), { type, request: 'root' })).code).toBe('access_request_own')
    expect(outcome(state, { type: 'ApproveAccess', request: 'root' })).toBe('accepted')
  })

  test('not the requester without any power, for itself', () => {
    const state = stateAfter(office, ask(self, group('gpt')))
    expect(rejected(state, by(user('mia'), approveOwn)).code).toBe('access_request_own')
    const { actor: _, ...body } = approveOwn as Step & { actor?: unknown }
    const applied = applyAs({ type: 'credential', id: 'mia' }, now, body, state)
    expect(applied).toMatchObject({ ok: false, rejection: { code: 'access_request_own' } })
  })

  test('not an admin of the organization that requests for a virtual account', () => {
    const state = stateAfter(office, ask(bot, group('gpt'), { actor: user('olga') }))
    expect(rejected(state, approve()).code).toBe('access_request_own')
    expect(outcome(state, by(user('root'), approveOwn))).toBe('accepted')
  })
})

const approveOwn: Step = { type: 'ApproveAccess', request: 'ask' }

describe('a decision on a request that ended says how it ended', () => {
  const state = stateAfter(office, ask(membership, group('gpt')))
  const end = { at: now, by: user('olga') }
  test.each([
    ['approved', [approve()], { type: 'approved', ...end, accessGroup: 'gpt', expiresAt: now + 2 * hour }],
    ['denied', [deny({ note: 'not now' })], { type: 'denied', ...end, note: 'not now' }],
    ['withdrawn', [withdraw], { type: 'withdrawn', at: now, by: user('mia') }],
    ['cancelled', [{ type: 'RemoveTeamMember', team: 'dev', user: 'mia' }], cancelled('subject')],
    ['cancelled', [{ type: 'DeleteTeam', team: 'dev' }], cancelled('subject')],
    ['cancelled', [{ type: 'DeleteAccessGroup', accessGroup: 'gpt' }], cancelled('accessGroup')],
  ] as const)('%s', (_, steps, expected) => {
    const ended = stateAfter(state, ...(steps as readonly Step[]))
    expect(checkState(ended)).toEqual([])
    for (const type of ['ApproveAccess', 'DenyAccess', 'WithdrawRequest'] as const) {
      const { code, details } = rejected(ended, { type, request: 'ask' })
      expect([code, details.outcome]).toEqual(['access_request_ended', expected])
    }
    expect(rejected(ended, withdraw).code).toBe('access_request_ended')
  })

  test('expired, by default after seven days', () => {
    expect(outcome(state, { ...approve(), at: now + 7 * day - 1 } as Step)).toBe('accepted')
    const { code, details } = rejected(state, { ...approve(), at: now + 7 * day })
    expect([code, details.outcome]).toEqual(['access_request_ended', { type: 'expired', at: now + 7 * day }])
    expect(rejected(state, { ...withdraw, at: now + 7 * day }).code).toBe('access_request_ended')
  })

  test('a request for a virtual account that is deleted', () => {
    const ended = stateAfter(
      office,
      ask(bot, group('gpt')),
      { type: 'DeleteVirtualAccount', virtualAccount: 'bot' },
      { type: 'CreateVirtualAccount', virtualAccount: 'bot', organization: 'acme' },
    )
    expect(rejected(ended, { type: 'ApproveAccess', request: 'ask' }).details.outcome).toEqual(cancelled('subject'))
    expect(checkState(ended)).toEqual([])
  })

  test('the requests of a deleted user are unknown, and a new user with its id has none', () => {
    const gone = stateAfter(state, { type: 'DeleteUser', user: 'mia' }, { type: 'CreateUser', user: 'mia' })
    expect(rejected(gone, { type: 'ApproveAccess', request: 'ask' }).code).toBe('access_request_unknown')
    expect(checkState(gone)).toEqual([])
  })
})

function cancelled(cause: 'subject' | 'accessGroup') {
  return { type: 'cancelled', at: now, cause } as const
}

test('a requester that left the organization of a virtual account gets no approval for it', () => {
  const left: Step = { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }
  const state = stateAfter(office, ask(bot, group('gpt')), left)
  expect(rejected(state, approve()).code).toBe('access_not_grantable')
  expect(outcome(state, deny())).toBe('accepted')
})

test('an unknown request looks to a bounded actor like one that it may not decide', () => {
  const state = stateAfter(office, ask(self, group('gpt')))
  for (const type of ['ApproveAccess', 'DenyAccess', 'WithdrawRequest'] as const) {
    const known = rejected(state, by(user('zoe'), { type, request: 'ask' }))
    expect(known).toEqual(rejected(state, by(user('zoe'), { type, request: 'nix' })))
    expect(known.code).toBe('management_not_granted')
  }
})

describe('the bounds of requests', () => {
  const many = (count: number, from = 0, rest: Ask = {}): Step[] =>
    Array.from({ length: count }, (_, i) => ask(self, group('gpt'), { request: `ask-${from + i}`, ...rest }))
  const one = ask(self, group('gpt'), { request: 'one' })

  test('a user has at most 50 pending requests', () => {
    const full = stateAfter(office, ...many(pendingRequestLimit))
    expect(rejected(full, one)).toMatchObject({ code: 'limit_exceeded', details: { limit: pendingRequestLimit } })
    expect(outcome(stateAfter(full, { type: 'WithdrawRequest', request: 'ask-7' }), one)).toBe('accepted')
  })

  test('expired requests do not count, and get their outcome with the next request', () => {
    const full = stateAfter(office, ...many(pendingRequestLimit, 0, { expiresAt: now + hour }))
    const next = stateAfter(full, { ...one, at: now + hour } as Step)
    const types = rowsIn(next, 'accessRequests').map((row) => row.outcome?.type ?? 'pending')
    expect(types.filter((type) => type === 'expired')).toHaveLength(endedRequestLimit)
    expect(types.filter((type) => type === 'pending')).toHaveLength(1)
  })

  test('the last 20 ended requests of a user stay, and older ones are unknown', () => {
    const at = (i: number) => now + i
    const steps = many(30).flatMap((step, i): Step[] => [
      { ...step, at: at(i) } as Step,
      { type: 'DenyAccess', request: `ask-${i}`, at: at(i) },
    ])
    const state = stateAfter(office, ...steps)
    expect(rowsIn(state, 'accessRequests')).toHaveLength(endedRequestLimit)
    const codes = ['ask-9', 'ask-10'].map((request) => rejected(state, { type: 'DenyAccess', request }).code)
    expect(codes).toEqual(['access_request_unknown', 'access_request_ended'])
  })

  test('a request is pending for at most 30 days, and ends after it begins', () => {
    expect(outcome(office, ask(self, group('gpt'), { expiresAt: now + 30 * day }))).toBe('accepted')
    expect(outcome(office, ask(self, group('gpt'), { expiresAt: now + 30 * day + 1 }))).toBe('window_exceeded')
    expect(outcome(office, ask(self, group('gpt'), { expiresAt: now }))).toBe('window_invalid')
  })

  test.each([59_999, 90 * day + 1, 60_000.5, -1])('a duration of %d ms is invalid', (duration) => {
    expect(rejected(office, ask(self, group('gpt'), { duration })).code).toBe('command_invalid')
  })

  test.each(['', ' ', '\n', 'x'.repeat(1025)])('the reason %j is invalid', (reason) => {
    const step = { ...ask(self, group('gpt')), reason }
    expect(rejected(office, step)).toMatchObject({ code: 'command_invalid', path: ['reason'] })
  })

  test('an approval that would end after the last instant is rejected', () => {
    const at = lastInstant - 1
    const state = stateAfter(office, ask(self, group('gpt'), { at }))
    expect(outcome(state, { type: 'ApproveAccess', request: 'ask', at })).toBe('window_invalid')
    expect(outcome(office, ask(self, group('gpt'), { at: lastInstant }))).toBe('window_invalid')
  })

  test('an id is used once while the request is kept', () => {
    expect(outcome(stateAfter(office, one), one)).toBe('access_request_exists')
  })
})
