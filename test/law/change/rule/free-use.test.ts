import { expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { by, now, office, outcome, rejected, type Step, stateAfter, team, user, virtualAccount } from '../story.ts'

const [root, olga, tom, mia, max] = [user('root'), user('olga'), user('tom'), user('mia'), user('max')]
const [dev, lab, bot] = [team('dev'), team('lab'), virtualAccount('bot')]

const grant = (principal: Extract<Step, { type: 'GrantRole' }>['principal'], expiresAt?: number): Step => {
  const step = { type: 'GrantRole', principal, providerAccount: 'any', role: 'user' } as const
  return expiresAt === undefined ? step : { ...step, expiresAt }
}

/** Returns the type of the payer of mia's call to a model of account `any`, or the reason of the denial. */
function payerOf(state: State): string {
  const decision = authorize({ type: 'use', who: mia, model: 'claude', at: now }, state)
  if (decision.effect === 'deny') return decision.reason
  return decision.payer.type === 'none' ? 'none' : `${decision.payer.wallet.type} ${decision.payer.wallet.id}`
}

/** The state `office`, where team dev is metered and manages account `any`. mia is in dev, and not metered. */
const metered = stateAfter(
  office,
  { type: 'UpdateTeam', team: 'dev', metered: true },
  { type: 'GrantRole', principal: dev, providerAccount: 'any', role: 'manager' },
)

test('a member of a metered team that manages an account grants itself no role there', () => {
  expect(payerOf(metered)).toBe('team dev')
  const granted = rejected(metered, by(mia, grant(mia)))
  expect(granted).toMatchObject({ code: 'power_exceeded', path: ['principal'] })
  expect(granted.message).toContain('free')
  expect(payerOf(stateAfter(metered, by(root, grant(mia))))).toBe('none')
})

test('a manager without free use of the account grants roles only to metered principals', () => {
  const paid = stateAfter(
    metered,
    { type: 'UpdateUser', user: 'zoe', metered: true },
    { type: 'CreateTeam', team: 'lab', organization: 'acme' },
    { type: 'CreateVirtualAccount', virtualAccount: 'job', organization: 'acme', metered: true },
  )
  for (const free of [tom, lab, bot]) expect(outcome(paid, by(mia, grant(free)))).toBe('power_exceeded')
  for (const wallet of [dev, user('zoe'), virtualAccount('job')]) {
    expect(outcome(paid, by(mia, grant(wallet)))).toBe('accepted')
  }
})

test('a manager with free use of the account grants free use within its windows', () => {
  const own = stateAfter(metered, grant(mia, now + 10))
  expect(outcome(own, by(mia, grant(tom, now + 10)))).toBe('accepted')
  expect(outcome(own, by(mia, grant(tom, now + 11)))).toBe('power_exceeded')
  expect(outcome(own, by(mia, grant(tom)))).toBe('power_exceeded')
  const inLab = stateAfter(
    metered,
    { type: 'CreateTeam', team: 'lab', organization: 'acme' },
    { type: 'AddTeamMember', team: 'lab', user: 'mia' },
    grant(lab),
  )
  expect(outcome(inLab, by(mia, grant(tom)))).toBe('accepted')
  expect(outcome(stateAfter(inLab, { type: 'SuspendTeam', team: 'lab' }), by(mia, grant(tom)))).toBe('power_exceeded')
  expect(outcome(office, by(max, { ...grant(tom, now + 10), providerAccount: 'openai' } as Step))).toBe('accepted')
})

test('a membership that could change the payer of a call needs the consent of the user', () => {
  const join: Step = { type: 'AddTeamMember', team: 'lab', user: 'mia' }
  const free = stateAfter(metered, { type: 'CreateTeam', team: 'lab', organization: 'acme' })
  expect(outcome(free, by(olga, join))).toBe('accepted')
  const withRole = stateAfter(free, grant(lab))
  expect(outcome(withRole, by(olga, join))).toBe('consent_required')
  expect(outcome(withRole, by(root, join))).toBe('accepted')
  const unpaid = stateAfter(withRole, { type: 'UpdateTeam', team: 'dev', metered: false })
  expect(outcome(unpaid, by(olga, join))).toBe('accepted')

  const paying = stateAfter(
    office,
    { type: 'CreateTeam', team: 'lab', organization: 'acme', metered: true },
    { type: 'UpdateUser', user: 'mia', metered: true },
    { type: 'AssignAccessGroup', accessGroup: 'all', principal: mia, expiresAt: now + 10 },
  )
  expect(outcome(paying, by(olga, join))).toBe('consent_required')
  expect(outcome(paying, { ...by(olga, join), at: now + 10 } as Step)).toBe('accepted')
  const invited = stateAfter(paying, by(olga, { type: 'InviteTeamMember', team: 'lab', user: 'mia' }))
  expect(outcome(invited, by(mia, { type: 'AcceptInvitation', team: 'lab', user: 'mia' }))).toBe('accepted')
})

test('groups within a listed entitlement are free in a team that administrators left unmetered', () => {
  const listed = stateAfter(
    metered,
    { type: 'CreateTeam', team: 'lab', organization: 'acme' },
    { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: lab },
  )
  const join: Step = by(olga, { type: 'AddTeamMember', team: 'lab', user: 'mia' })
  expect(outcome(listed, join)).toBe('accepted')
  const unlimited = stateAfter(listed, {
    type: 'UpdateOrganization',
    organization: 'acme',
    entitlement: { type: 'unlimited' },
  })
  expect(outcome(unlimited, join)).toBe('consent_required')
})

test('the groups that an unlimited organization holds count as those of its teams', () => {
  const acme = { type: 'organization', id: 'acme' } as const
  const held = stateAfter(
    metered,
    { type: 'CreateTeam', team: 'lab', organization: 'acme' },
    { type: 'UpdateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    { type: 'AssignAccessGroup', accessGroup: 'all', principal: acme, expiresAt: now + 10 },
  )
  const join: Step = by(olga, { type: 'AddTeamMember', team: 'lab', user: 'mia' })
  expect(payerOf(held)).toBe('team dev')
  expect(outcome(held, join)).toBe('consent_required')
  expect(outcome(held, { ...join, at: now + 10 } as Step)).toBe('accepted')
})
