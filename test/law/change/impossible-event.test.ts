import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evolve } from '../../../src/change/evolve.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { Event } from '../../../src/change/message/event.ts'
import { replay } from '../../../src/change/replay.ts'
import { checkState } from '../../../src/model/state/check-state.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { findRow, rowsOf } from '../../../src/model/table/table.ts'
import { Defect } from '../../../src/model/value/defect.ts'
import { arbitraryCommands } from '../../../src/testing/arbitrary/command.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { accepted, digest, now, office, type Step, stateAfter, team, user, virtualAccount } from './story.ts'

/** Returns the events of a history of commands, in order. */
function eventsOf(history: readonly Command[]): Event[] {
  let state: State = emptyState
  return history.flatMap((command) => {
    const applied = applyUnguarded(command, state)
    if (!applied.ok) return []
    state = applied.state
    return [...applied.events]
  })
}

/** Returns the state after an event, or `undefined` when `evolve` throws a defect. Any other error fails the test. */
function stateWith(state: State, event: Event): State | undefined {
  try {
    return evolve(state, event)
  } catch (error) {
    expect(error).toBeInstanceOf(Defect)
    return undefined
  }
}

const revokedOf = (state: State): string[] =>
  [...rowsOf(state.credentials)].filter(({ revokedAt }) => revokedAt !== undefined).map(({ id }) => id)

test('an event delivered again at any later time throws a defect, or leaves a state without violations', () => {
  fc.assert(
    fc.property(arbitraryCommands, fc.nat(), fc.nat(), (history, which, wait) => {
      const events = eventsOf(history)
      const i = which % events.length
      const state = replay(events.slice(0, i + 1 + (wait % (events.length - i))))
      const event = events[i]
      const again = event && stateWith(state, event)
      if (again === undefined) return
      expect(checkState(again), event?.type).toEqual([])
      expect(revokedOf(again)).toEqual(expect.arrayContaining(revokedOf(state)))
      expect(again.credentials.size).toBeLessThanOrEqual(state.credentials.size)
    }),
    runs(300),
  )
})

test('an event delivered twice in a row throws a defect, or changes nothing', () => {
  fc.assert(
    fc.property(arbitraryCommands, (history) => {
      let state = emptyState
      for (const event of eventsOf(history)) {
        state = evolve(state, event)
        const again = stateWith(state, event)
        if (again === undefined) continue
        const same = isDeepStrictEqual({ ...again, version: 0 }, { ...state, version: 0 })
        expect(same ? undefined : event).toBeUndefined()
      }
    }),
    runs(60),
  )
})

test('an event of another history throws a defect, or leaves a state without violations', () => {
  fc.assert(
    fc.property(arbitraryCommands, arbitraryCommands, (history, other) => {
      const state = replay(eventsOf(history))
      for (const event of eventsOf(other)) {
        const after = stateWith(state, event)
        if (after !== undefined) expect(checkState(after), JSON.stringify(event)).toEqual([])
      }
    }),
    runs(60),
  )
})

test('a revoked credential stays revoked when any of its events is delivered again', () => {
  const issue: Step = { type: 'IssueCredential', credential: 'k', owner: team('dev'), digest: digest('e') }
  const issued = accepted(office, issue)
  const rotated = accepted(issued.state, { type: 'RotateCredential', credential: 'k', digest: digest('f') })
  const revoked = accepted(rotated.state, { type: 'RevokeCredential', credential: 'k' })
  for (const event of [...issued.events, ...rotated.events, ...revoked.events]) {
    expect(() => evolve(revoked.state, event), event.type).toThrow(Defect)
  }
  expect(findRow(revoked.state.credentials, 'k')?.revokedAt).toBe(now)
})

describe('a value that is not an event is a defect', () => {
  const envelope = { at: now, actor: { type: 'system' } }
  const values: readonly unknown[] = [
    null,
    undefined,
    'UserCreated',
    7,
    [],
    {},
    { type: 'Nope', ...envelope },
    { type: 'constructor', ...envelope },
    { type: '__proto__', ...envelope },
    { type: 'toString', ...envelope },
    { type: ['UserCreated'], ...envelope, user: 'n', metered: false },
    { type: 'UserCreated', ...envelope },
    { type: 'CredentialIssued', ...envelope },
    { type: 'AccessGroupsSet', ...envelope, principal: team('dev') },
    Object.create(
      { type: 'UserSuspended', user: 'mia', ...envelope },
      {
        type: {
          get: () => {
            throw new Error('no')
          },
        },
      },
    ),
  ]
  test.each(values.map((value) => [value]))('%j', (value) => {
    expect(() => evolve(office, value as Event)).toThrow(Defect)
    expect(() => replay([value as Event], office)).toThrow(Defect)
  })
})

type Fields<E> = E extends Event ? Omit<E, 'type' | 'at' | 'actor'> & Partial<Pick<E, 'at' | 'actor'>> : never
const [mia, dev, bot] = [user('mia'), team('dev'), virtualAccount('bot')]
const openai = { providerAccount: 'openai' }
const entitlement = { type: 'list', accessGroups: ['none'] } as const
const window = {}
const suspendedBy = 'platform'
const selector = { type: 'alias', alias: 'gpt-4' } as const
const wallet = { type: 'team', id: 'dev', incarnation: 1 } as const

const period = { every: 'month', timeZone: 'UTC' } as const
const allowance = { allowance: 'plan', period } as const

const asked = {
  subject: mia as { readonly type: 'user'; readonly id: string },
  wanted: { type: 'accessGroup', id: 'mini' },
  reason: 'a demo',
  duration: 60_000,
  expiresAt: now + 60_000,
} as const

/**
 * The state `office` with restrictions on mia, dev, bot and globex, and two teams on plans. `paid` has received the
 * credits of its plan. `recurring` has an allowance.
 */
const bound = stateAfter(
  office,
  ...[mia, dev, bot, { type: 'organization', id: 'globex' } as const].map((subject): Step => {
    return { type: 'CreateRestriction', restriction: `on ${subject.id}`, subject, selector }
  }),
  {
    type: 'CreateRestriction',
    restriction: 'model',
    subject: mia,
    selector: { type: 'model', ...openai, model: 'gpt-4' },
  },
  { type: 'CreatePlan', plan: 'unpaid', accessGroups: [], credits: { amount: '7' } },
  { type: 'CreatePlan', plan: 'monthly', accessGroups: [], credits: { amount: '5', period } },
  { type: 'CreateTeam', team: 'paid', organization: 'acme', plan: 'basic' },
  { type: 'CreateTeam', team: 'recurring', organization: 'acme', plan: 'monthly' },
  { type: 'RequestAccess', ...asked, request: 'open', actor: mia },
  { type: 'RequestAccess', ...asked, request: 'ended', actor: mia },
  { type: 'DenyAccess', request: 'ended' },
  { type: 'AssignAccessGroup', accessGroup: 'mini', principal: mia },
)

const walletOf = (id: string) =>
  ({ type: 'team', id, incarnation: findRow(bound.teams, id)?.incarnation ?? 0 }) as const
const [paid, recurring] = [walletOf('paid'), walletOf('recurring')]

/** By event type: events that are impossible in the state `bound`. A missing event type is a compile error. */
const impossible: { readonly [T in Event['type']]: readonly Fields<Extract<Event, { type: T }>>[] } = {
  AdministratorAdded: [{ administrator: user('root') }, { administrator: user('nix') }],
  AdministratorRemoved: [{ administrator: mia }],
  OrganizationCreated: [
    { organization: 'acme', entitlement: { type: 'unlimited' } },
    { organization: 'n', entitlement },
  ],
  OrganizationUpdated: [{ organization: 'nix' }, { organization: 'acme', entitlement }],
  OrganizationSuspended: [{ organization: 'nix', suspendedBy }],
  OrganizationActivated: [{ organization: 'nix' }],
  OrganizationDeleted: [{ organization: 'nix' }, { organization: 'acme' }, { organization: 'globex' }],
  OrganizationAdminAdded: [
    { organization: 'nix', admin: mia },
    { organization: 'acme', admin: user('olga') },
    { organization: 'acme', admin: user('nix') },
  ],
  OrganizationAdminRemoved: [{ organization: 'acme', admin: mia }],
  UserCreated: [{ user: 'mia', metered: false }],
  UserUpdated: [{ user: 'nix' }],
  UserSuspended: [{ user: 'nix', suspendedBy }],
  UserActivated: [{ user: 'nix' }],
  UserDeleted: [{ user: 'nix' }, { user: 'mia' }, { user: 'root' }],
  DefaultTeamSet: [
    { user: 'nix', team: null },
    { user: 'zoe', team: 'dev' },
    { user: 'mia', team: 'nix' },
  ],
  TeamCreated: [
    { team: 'dev', organization: 'acme', metered: false, accessGroups: [] },
    { team: 'n', organization: 'nix', metered: false, accessGroups: [] },
    { team: 'n', organization: 'acme', metered: false, accessGroups: ['none'] },
    { team: 'n', organization: 'acme', metered: false, accessGroups: [], plan: 'nix' },
  ],
  TeamUpdated: [{ team: 'nix' }],
  TeamSuspended: [{ team: 'nix', suspendedBy }],
  TeamActivated: [{ team: 'nix' }],
  TeamDeleted: [{ team: 'nix' }, { team: 'dev' }],
  TeamMemberAdded: [
    { team: 'nix', user: 'mia', role: 'member' },
    { team: 'dev', user: 'nix', role: 'member' },
    { team: 'dev', user: 'mia', role: 'manager' },
  ],
  TeamMemberRoleChanged: [{ team: 'dev', user: 'zoe', role: 'manager' }],
  TeamMemberRemoved: [
    { team: 'dev', user: 'zoe' },
    { team: 'dev', user: 'mia' },
  ],
  TeamMemberInvited: [
    { team: 'nix', user: 'zoe', role: 'member' },
    { team: 'dev', user: 'mia', role: 'member' },
  ],
  InvitationWithdrawn: [
    { team: 'nix', user: 'zoe' },
    { team: 'dev', user: 'zoe' },
  ],
  InvitationAccepted: [{ team: 'dev', user: 'zoe' }],
  InvitationDeclined: [{ team: 'dev', user: 'zoe' }],
  TeamPlanSet: [
    { team: 'nix', plan: null },
    { team: 'dev', plan: 'nix' },
  ],
  VirtualAccountCreated: [
    { virtualAccount: 'bot', organization: 'acme', metered: false, accessGroups: [] },
    { virtualAccount: 'n', organization: 'nix', metered: false, accessGroups: [] },
    { virtualAccount: 'n', organization: 'acme', metered: false, accessGroups: ['none'] },
  ],
  VirtualAccountUpdated: [{ virtualAccount: 'nix' }],
  VirtualAccountSuspended: [{ virtualAccount: 'nix', suspendedBy }],
  VirtualAccountActivated: [{ virtualAccount: 'nix' }],
  VirtualAccountDeleted: [{ virtualAccount: 'nix' }, { virtualAccount: 'bot' }],
  CredentialIssued: [
    { credential: 'mia', owner: mia, digest: digest('e'), scope: { type: 'all' }, operations: { type: 'all' } },
    { credential: 'n', owner: user('nix'), digest: digest('e'), scope: { type: 'all' }, operations: { type: 'all' } },
    { credential: 'n', owner: mia, digest: digest('a'), scope: { type: 'all' }, operations: { type: 'all' } },
    {
      credential: 'n',
      owner: mia,
      team: 'ops',
      digest: digest('e'),
      scope: { type: 'all' },
      operations: { type: 'all' },
    },
  ],
  CredentialUpdated: [{ credential: 'nix' }],
  CredentialRotated: [
    { credential: 'nix', digest: digest('e'), overlapUntil: now },
    { credential: 'mia', digest: digest('b'), overlapUntil: now },
  ],
  CredentialRevoked: [{ credential: 'nix' }],
  CredentialSuspended: [{ credential: 'nix', suspendedBy }],
  CredentialActivated: [{ credential: 'nix' }],
  CredentialDeleted: [{ credential: 'nix' }],
  ProviderAccountCreated: [{ ...openai, settings: {}, models: [], anyModel: false }],
  ProviderAccountUpdated: [{ providerAccount: 'nix' }, { providerAccount: 'any', anyModel: false }],
  ProviderAccountSuspended: [{ providerAccount: 'nix', suspendedBy }],
  ProviderAccountActivated: [{ providerAccount: 'nix' }],
  ProviderAccountDeleted: [{ providerAccount: 'nix' }, openai],
  ModelsAdded: [
    { providerAccount: 'nix', models: [] },
    { ...openai, models: ['gpt-4'] },
  ],
  ModelsRemoved: [
    { ...openai, models: ['nix'] },
    { ...openai, models: ['gpt-4'] },
  ],
  ModelSuspended: [{ ...openai, model: 'nix', suspendedBy }],
  ModelActivated: [{ providerAccount: 'any', model: 'nix' }],
  RoleGranted: [
    { principal: user('nix'), ...openai, role: 'user', window },
    { principal: mia, providerAccount: 'nix', role: 'user', window },
  ],
  RoleRevoked: [{ principal: mia, ...openai, role: 'user' }],
  ModelAliasCreated: [
    { alias: 'gpt-4', targets: [] },
    { alias: 'n', targets: [{ ...openai, model: 'nix' }] },
  ],
  ModelAliasUpdated: [{ alias: 'nix' }],
  ModelAliasTargetsSet: [
    { alias: 'nix', targets: [] },
    { alias: 'gpt-4', targets: [{ providerAccount: 'nix', model: 'gpt-4' }] },
  ],
  ModelAliasDeprecated: [
    { alias: 'nix', sunsetAt: 1_700_000_000_001 },
    { alias: 'gpt-4', sunsetAt: 1_700_000_000_001, successor: 'nix' },
    { alias: 'gpt-4', sunsetAt: 1_700_000_000_001, successor: 'gpt-4' },
  ],
  ModelAliasRetired: [{ alias: 'nix' }, { alias: 'gpt-4', successor: 'nix' }],
  ModelAliasActivated: [{ alias: 'nix' }],
  ModelAliasDeleted: [{ alias: 'nix' }, { alias: 'gpt-4' }],
  AccessGroupCreated: [
    { accessGroup: 'gpt', members: [] },
    { accessGroup: 'n', members: [{ type: 'alias', alias: 'nix' }] },
  ],
  AccessGroupUpdated: [{ accessGroup: 'none' }],
  AccessGroupMembersAdded: [
    { accessGroup: 'none', members: [] },
    { accessGroup: 'gpt', members: [selector] },
    { accessGroup: 'gpt', members: [{ type: 'alias', alias: 'nix' }] },
  ],
  AccessGroupMembersRemoved: [
    { accessGroup: 'none', members: [] },
    { accessGroup: 'gpt', members: [{ type: 'allAliases' }] },
  ],
  AccessGroupDeleted: [{ accessGroup: 'none' }],
  AccessGroupAssigned: [
    { accessGroup: 'none', principal: dev, window },
    { accessGroup: 'gpt', principal: team('nix'), window },
  ],
  AccessGroupUnassigned: [{ accessGroup: 'gpt', principal: dev }],
  AccessGroupsSet: [
    { principal: team('nix'), removed: [], added: [] },
    { principal: dev, removed: ['gpt'], added: [] },
    { principal: dev, removed: [], added: ['none'] },
  ],
  AccessRequested: [
    { ...asked, request: 'n', actor: { type: 'system' } },
    { ...asked, request: 'n', actor: user('nix') },
    { ...asked, request: 'n', actor: user('tom') },
    { ...asked, request: 'n', subject: bot, actor: user('zoe') },
    { ...asked, request: 'n', subject: { type: 'member', team: 'ops', user: 'mia' }, actor: mia },
    { ...asked, request: 'n', wanted: { type: 'accessGroup', id: 'none' }, actor: mia },
    { ...asked, request: 'open', actor: mia },
  ],
  AccessApproved: [
    { request: 'nix', accessGroup: 'gpt', expiresAt: now + 60_000 },
    { request: 'ended', accessGroup: 'gpt', expiresAt: now + 60_000 },
    { request: 'open', accessGroup: 'gpt', expiresAt: now + 60_000 },
    { request: 'open', accessGroup: 'mini', expiresAt: now + 60_000, actor: mia },
  ],
  AccessDenied: [{ request: 'nix' }, { request: 'ended' }, { request: 'open', at: now + 60_000 }],
  RequestWithdrawn: [{ request: 'nix' }, { request: 'ended' }],
  RestrictionCreated: [
    { restriction: 'on dev', subject: dev, selector, window },
    { restriction: 'n', subject: team('nix'), selector, window },
    { restriction: 'n', subject: dev, selector: { type: 'providerAccount', providerAccount: 'nix' }, window },
  ],
  RestrictionDeleted: [{ restriction: 'nix' }],
  PlanCreated: [
    { plan: 'basic', accessGroups: [] },
    { plan: 'n', accessGroups: ['none'] },
  ],
  PlanUpdated: [{ plan: 'nix' }, { plan: 'basic', accessGroups: ['none'] }],
  PlanDeleted: [{ plan: 'nix' }],
  CreditsAllocated: [
    { wallet: { ...wallet, id: 'nix' }, amount: '1' },
    { wallet, amount: '1' },
    { wallet: paid, amount: '1', plan: 'nix' },
    { wallet: paid, amount: '100', plan: 'basic' },
    { wallet: paid, amount: '7', plan: 'unpaid' },
  ],
  AllowanceSet: [
    { wallet: { ...recurring, id: 'nix' }, ...allowance, amount: '5' },
    { wallet: { ...recurring, incarnation: 1 }, ...allowance, amount: '5' },
    { wallet: { ...recurring, incarnation: 1_000_000 }, ...allowance, amount: '0' },
    { wallet: recurring, ...allowance, amount: '6' },
    { wallet: recurring, ...allowance, amount: '0' },
    { wallet: recurring, ...allowance, amount: '5', period: { every: 'day', timeZone: 'UTC' } },
    { wallet: paid, ...allowance, amount: '5' },
  ],
}

const cases = Object.entries(impossible).flatMap(([type, list]) => list.map((fields) => [type, fields] as const))
test.each(cases)('%s %j cannot have happened', (type, fields) => {
  const event = { type, at: now, actor: { type: 'system' }, ...fields } as Event
  expect(() => evolve(bound, event)).toThrow(Defect)
  expect(() => evolve(bound, event)).toThrow(`event \`${type}\` cannot have happened`)
})
