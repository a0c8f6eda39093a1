import { expect, test } from 'vitest'
import { thingOf } from '../../../src/change/decide.ts'
import type { State } from '../../../src/model/state/state.ts'
import { getRow } from '../../../src/model/table/table.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import {
  accepted,
  by,
  commandOf,
  digest,
  eventTypes,
  now,
  office,
  outcome,
  rejected,
  type Step,
  stateAfter,
  team,
  user,
} from './story.ts'

const [root, olga, gus] = [user('root'), user('olga'), user('gus')]
const [tom, mia, zoe] = [user('tom'), user('mia'), user('zoe')]

const add = (to: string, id: string): Step => ({ type: 'AddTeamMember', team: to, user: id })
const invite = (to: string, id: string): Step => ({ type: 'InviteTeamMember', team: to, user: id })
const accept = (to: string, id: string): Step => by(user(id), { type: 'AcceptInvitation', team: to, user: id })
const leave = (from: string, id: string): Step => by(user(id), { type: 'RemoveTeamMember', team: from, user: id })

/** The state `office`, where tom has invited zoe to team dev. */
const invited = stateAfter(office, by(tom, invite('dev', 'zoe')))

const teamsOf = (id: string, state: State): string[] => getRow(state.users, id).teams.map((place) => place.team)
const invitationsOf = (id: string, state: State): string[] =>
  getRow(state.teams, id).invitations.map((invitation) => invitation.user)

test('a bounded actor adds directly only users who are in a team of the organization', () => {
  const two = stateAfter(office, { type: 'CreateTeam', team: 'lab', organization: 'acme' })
  for (const actor of [olga, tom]) {
    const refused = rejected(two, by(actor, add('dev', 'zoe')))
    expect(refused).toMatchObject({ code: 'consent_required', path: ['user'] })
    expect(refused.message).toContain('invite it to the team')
  }
  expect(outcome(two, by(olga, add('lab', 'mia')))).toBe('accepted')
  expect(outcome(two, by(root, add('dev', 'zoe')))).toBe('accepted')
  expect(outcome(two, add('dev', 'zoe'))).toBe('accepted')
  expect(outcome(two, by(olga, add('dev', 'olga')))).toBe('accepted')
})

test('the refusal is the same for a user of another organization and for a user that does not exist', () => {
  const zoeless = stateAfter(office, { type: 'DeleteUser', user: 'zoe' })
  const elsewhere = stateAfter(office, add('ops', 'zoe'))
  const refusals = [office, zoeless, elsewhere].map((state) => rejected(state, by(olga, add('dev', 'zoe'))))
  expect(new Set(refusals.map((refusal) => JSON.stringify(refusal))).size).toBe(1)
  const invitations = [office, zoeless, elsewhere].map((state) => outcome(state, by(olga, invite('dev', 'zoe'))))
  expect(invitations).toEqual(['accepted', 'accepted', 'accepted'])
})

test('no command about a membership reveals to a bounded actor whether a user exists', () => {
  const member = (id: string) => ({ type: 'member', team: 'dev', user: id }) as const
  const commands: readonly ((id: string) => Step)[] = [
    (id) => by(tom, { type: 'ChangeTeamMemberRole', team: 'dev', user: id, role: 'manager' }),
    (id) => by(tom, { type: 'RemoveTeamMember', team: 'dev', user: id }),
    (id) => by(tom, { type: 'WithdrawInvitation', team: 'dev', user: id }),
    (id) => by(olga, { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: member(id) }),
    (id) => by(olga, { type: 'UnassignAccessGroup', accessGroup: 'gpt', principal: member(id) }),
    (id) => by(olga, { type: 'SetAccessGroups', accessGroups: ['gpt'], principal: member(id) }),
  ]
  for (const command of commands) {
    const [there, absent] = [outcome(office, command('zoe')), outcome(office, command('ghost'))]
    expect([command('zoe').type, absent]).toEqual([command('zoe').type, there])
    if (command('zoe').type === 'WithdrawInvitation') continue
    expect(outcome(office, by(root, command('ghost')))).toBe('user_unknown')
  }
})

test('an invitation changes no decision until it is accepted, then the user is a member with its role', () => {
  const ask = (state: State) =>
    authorize({ type: 'use', who: zoe, model: 'gpt-4', team: 'dev', at: now }, state).effect === 'allow'
  const open = stateAfter(office, { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('dev') })
  const asked = stateAfter(open, by(olga, { type: 'InviteTeamMember', team: 'dev', user: 'zoe', role: 'manager' }))
  expect([ask(open), ask(asked), teamsOf('zoe', asked)]).toEqual([false, false, []])
  const { state, events } = accepted(asked, accept('dev', 'zoe'))
  expect(events.map(({ type }) => type)).toEqual(['InvitationAccepted', 'TeamMemberAdded'])
  expect(getRow(state.users, 'zoe').teams).toMatchObject([{ team: 'dev', role: 'manager' }])
  expect([ask(state), invitationsOf('dev', state)]).toEqual([true, []])
  expect(outcome(state, accept('dev', 'zoe'))).toBe('unchanged')
})

test('only the invited user and administrators accept an invitation', () => {
  const step: Step = { type: 'AcceptInvitation', team: 'dev', user: 'zoe' }
  for (const actor of [tom, olga, mia, gus]) expect(outcome(invited, by(actor, step))).toBe('management_not_granted')
  expect([zoe, root].map((actor) => outcome(invited, by(actor, step)))).toEqual(['accepted', 'accepted'])
  expect(outcome(office, by(zoe, step))).toBe('invitation_unknown')
  expect(outcome(office, { ...by(zoe, step), team: 'ghost' } as Step)).toBe('invitation_unknown')
})

test('an invitation is accepted only while its inviter may invite', () => {
  const ways: readonly (readonly Step[])[] = [
    [{ type: 'RemoveTeamMember', team: 'dev', user: 'tom' }],
    [{ type: 'ChangeTeamMemberRole', team: 'dev', user: 'tom', role: 'member' }],
    [{ type: 'SuspendUser', user: 'tom' }],
    [{ type: 'DeleteUser', user: 'tom' }],
    [{ type: 'SuspendTeam', team: 'dev' }],
    [{ type: 'GrantRole', principal: team('dev'), providerAccount: 'any', role: 'manager' }, leave('dev', 'tom')],
    [
      { type: 'DeleteUser', user: 'tom' },
      { type: 'CreateUser', user: 'tom' },
      { type: 'AddTeamMember', team: 'dev', user: 'tom', role: 'manager' },
    ],
  ]
  for (const steps of ways) {
    const refused = rejected(stateAfter(invited, ...steps), accept('dev', 'zoe'))
    expect([refused.code, refused.path], JSON.stringify(steps)).toEqual(['power_exceeded', ['team']])
    expect(refused.message).toContain('invite')
  }
  const stronger = stateAfter(office, by(olga, invite('dev', 'zoe')), {
    type: 'GrantRole',
    principal: team('dev'),
    providerAccount: 'any',
    role: 'manager',
  })
  expect(outcome(stronger, accept('dev', 'zoe'))).toBe('power_exceeded')
  const renewed = stateAfter(invited, { type: 'SuspendUser', user: 'tom' }, by(olga, invite('dev', 'zoe')))
  expect(outcome(renewed, accept('dev', 'zoe'))).toBe('accepted')
})

test('an invitation ends at its expiry', () => {
  const step = by(tom, { type: 'InviteTeamMember', team: 'dev', user: 'zoe', expiresAt: now + 10 } as const)
  const state = stateAfter(office, step)
  expect(outcome(state, { ...accept('dev', 'zoe'), at: now + 9 } as Step)).toBe('accepted')
  const refused = rejected(state, { ...accept('dev', 'zoe'), at: now + 10 })
  expect(refused.code).toBe('invitation_unknown')
  expect(refused.message).toContain('ended')
  expect(outcome(office, { ...step, at: now + 10 } as Step)).toBe('window_invalid')
})

test('an invitation ends with its withdrawal, its refusal, the user, the team, and the membership', () => {
  const ends: readonly Step[] = [
    by(tom, { type: 'WithdrawInvitation', team: 'dev', user: 'zoe' }),
    by(olga, { type: 'WithdrawInvitation', team: 'dev', user: 'zoe' }),
    by(zoe, { type: 'DeclineInvitation', team: 'dev', user: 'zoe' }),
    { type: 'DeleteUser', user: 'zoe' },
    add('dev', 'zoe'),
  ]
  for (const end of ends) {
    const state = stateAfter(invited, end)
    expect([invitationsOf('dev', state), [...(state.index.userInvitations.size ? ['open'] : [])]]).toEqual([[], []])
  }
  expect(stateAfter(invited, { type: 'DeleteTeam', team: 'dev' }).index.userInvitations.size).toBe(0)
  const again = stateAfter(invited, { type: 'DeleteUser', user: 'zoe' }, { type: 'CreateUser', user: 'zoe' })
  expect(outcome(again, accept('dev', 'zoe'))).toBe('invitation_unknown')
})

test('an invitation may name a user who is created later', () => {
  const state = stateAfter(office, by(olga, invite('dev', 'new')), { type: 'CreateUser', user: 'new' })
  expect(outcome(state, accept('dev', 'new'))).toBe('accepted')
})

test('who may invite also withdraws, and only the user declines', () => {
  const withdraw: Step = { type: 'WithdrawInvitation', team: 'dev', user: 'zoe' }
  const decline: Step = { type: 'DeclineInvitation', team: 'dev', user: 'zoe' }
  for (const step of [withdraw, by(zoe, invite('dev', 'zoe'))]) {
    for (const actor of [mia, zoe, gus]) expect(outcome(invited, by(actor, step))).toBe('management_not_granted')
  }
  for (const actor of [tom, olga]) expect(outcome(invited, by(actor, decline))).toBe('management_not_granted')
  expect(outcome(office, by(tom, withdraw))).toBe('unchanged')
  expect(outcome(office, by(zoe, decline))).toBe('unchanged')
  expect(outcome(office, by(zoe, { ...decline, team: 'ghost' } as Step))).toBe('unchanged')
})

test('inviting again replaces the invitation, and the same invitation again changes nothing', () => {
  expect(outcome(invited, by(tom, invite('dev', 'zoe')))).toBe('unchanged')
  const changed = stateAfter(invited, by(olga, { ...invite('dev', 'zoe'), role: 'manager' } as Step))
  expect(getRow(changed.teams, 'dev').invitations).toMatchObject([{ user: 'zoe', role: 'manager', invitedBy: olga }])
  expect(outcome(office, by(tom, invite('dev', 'mia')))).toBe('unchanged')
  expect(outcome(office, by(tom, { ...invite('dev', 'mia'), role: 'manager' } as Step))).toBe('team_member_exists')
})

test('a team has at most 1,000 open invitations, and inviting removes those that have ended', () => {
  const full = Array.from({ length: 1000 }, (_, i) => `guest-${i}`).reduce(
    (state, id) => stateAfter(state, { ...invite('dev', id), expiresAt: now + 10 } as Step),
    office,
  )
  expect(outcome(full, invite('dev', 'zoe'))).toBe('invitations_exceeded')
  expect(outcome(full, { ...invite('dev', 'guest-3'), role: 'manager' } as Step)).toBe('accepted')
  const later = stateAfter(full, { ...invite('dev', 'zoe'), at: now + 10 } as Step)
  expect(invitationsOf('dev', later)).toEqual(['zoe'])
})

test('a user leaves any team, and comes back to the organization only by an invitation', () => {
  const left = stateAfter(office, leave('dev', 'mia'))
  expect([teamsOf('mia', left), eventTypes(office, leave('dev', 'mia'))]).toEqual([
    [],
    ['CredentialDeleted', 'TeamMemberRemoved'],
  ])
  expect(outcome(left, by(olga, add('dev', 'mia')))).toBe('consent_required')
  const back = stateAfter(left, by(olga, invite('dev', 'mia')), accept('dev', 'mia'))
  expect(teamsOf('mia', back)).toEqual(['dev'])
  expect(outcome(office, by(mia, { type: 'RemoveTeamMember', team: 'dev', user: 'tom' }))).toBe(
    'management_not_granted',
  )
})

test('leaving reveals nothing about teams that the user is not in', () => {
  expect(outcome(office, leave('ops', 'mia'))).toBe('unchanged')
  expect(outcome(office, leave('ghost', 'mia'))).toBe('unchanged')
  expect(outcome(office, by(root, { type: 'RemoveTeamMember', team: 'ghost', user: 'mia' }))).toBe('team_unknown')
})

test('the invited user manages its invitations and its memberships as the thing `userTokens`', () => {
  const thing = { type: 'userTokens', id: 'zoe' }
  for (const type of ['AcceptInvitation', 'DeclineInvitation'] as const) {
    expect(thingOf(commandOf({ type, team: 'dev', user: 'zoe' }), invited)).toEqual(thing)
  }
  expect(thingOf(commandOf(leave('dev', 'zoe')), invited)).toEqual(thing)
  expect(thingOf(commandOf(by(tom, { type: 'RemoveTeamMember', team: 'dev', user: 'zoe' })), invited)).toEqual({
    type: 'teamMembers',
    id: 'dev',
  })
})

test('an admin of another organization changes no answer for a user, and no message names its teams', () => {
  const metered = stateAfter(
    office,
    { type: 'UpdateTeam', team: 'dev', metered: true },
    { type: 'UpdateTeam', team: 'ops', metered: true },
    { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('dev') },
    { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('ops') },
    { type: 'IssueCredential', credential: 'token', owner: mia, digest: digest('e') },
  )
  const who = { type: 'credential', id: 'token' } as const
  expect(authorize({ type: 'use', who, model: 'gpt-4', at: now }, metered).effect).toBe('allow')
  expect(outcome(metered, by(gus, add('ops', 'mia')))).toBe('consent_required')
})
