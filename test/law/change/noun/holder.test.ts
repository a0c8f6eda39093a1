import { describe, expect, test } from 'vitest'
import { emptyState, type State } from '../../../../src/model/state/state.ts'
import { getRow, hasRow } from '../../../../src/model/table/table.ts'
import { alias, eventTypes, outcome, rejected, type Step, stateAfter, user } from '../story.ts'

const membership = { type: 'member', team: 'dev', user: 'mia' } as const
const acme = { type: 'organization', id: 'acme' } as const

const founded = stateAfter(
  emptyState,
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4'] },
  { type: 'CreateModelAlias', alias: 'gpt-4', targets: [{ providerAccount: 'openai', model: 'gpt-4' }] },
  { type: 'CreateAccessGroup', accessGroup: 'listed', members: [alias('gpt-4')] },
  { type: 'CreateAccessGroup', accessGroup: 'other', members: [alias('gpt-4')] },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'list', accessGroups: ['listed'] } },
  { type: 'CreateTeam', team: 'dev', organization: 'acme' },
  ...['mia', 'boss', 'lead'].map((id): Step => ({ type: 'CreateUser', user: id })),
  { type: 'AddTeamMember', team: 'dev', user: 'mia' },
  { type: 'AddTeamMember', team: 'dev', user: 'lead', role: 'manager' },
  { type: 'AddOrganizationAdmin', organization: 'acme', admin: user('boss') },
)

const groupsOf = (state: State): string[] =>
  getRow(state.users, 'mia').teams.flatMap(({ accessGroups }) => accessGroups.map(({ accessGroup }) => accessGroup))

describe('a membership and an organization hold access groups', () => {
  test.each([
    ['a membership', membership, groupsOf],
    [
      'an organization',
      acme,
      (state: State) => getRow(state.organizations, 'acme').accessGroups.map(({ accessGroup }) => accessGroup),
    ],
  ] as const)('%s is assigned groups, loses them, and has them set', (_, principal, heldIn) => {
    const assigned = stateAfter(founded, { type: 'AssignAccessGroup', accessGroup: 'listed', principal })
    expect(heldIn(assigned)).toEqual(['listed'])
    expect(outcome(assigned, { type: 'AssignAccessGroup', accessGroup: 'listed', principal })).toBe('unchanged')
    const set = stateAfter(assigned, { type: 'SetAccessGroups', principal, accessGroups: ['other'] })
    expect(heldIn(set)).toEqual(['other'])
    const unassigned = stateAfter(set, { type: 'UnassignAccessGroup', accessGroup: 'other', principal })
    expect(heldIn(unassigned)).toEqual([])
    expect(heldIn(stateAfter(set, { type: 'DeleteAccessGroup', accessGroup: 'other' }))).toEqual([])
  })

  test('an admin of the organization assigns what a listed entitlement has, and a manager of the team assigns nothing', () => {
    for (const principal of [membership, acme]) {
      const assign = (accessGroup: string, actor: string): string =>
        outcome(founded, { type: 'AssignAccessGroup', accessGroup, principal, actor: user(actor) })
      expect([assign('listed', 'boss'), assign('other', 'boss'), assign('listed', 'lead')]).toEqual([
        'accepted',
        'entitlement_exceeded',
        'management_not_granted',
      ])
    }
  })

  test('a user that is not in the team, and an organization that does not exist, hold nothing', () => {
    const outside = { type: 'member', team: 'dev', user: 'boss' } as const
    expect(rejected(founded, { type: 'AssignAccessGroup', accessGroup: 'listed', principal: outside })).toMatchObject({
      code: 'team_not_member',
      path: ['principal'],
    })
    const nowhere = { type: 'organization', id: 'nowhere' } as const
    expect(rejected(founded, { type: 'AssignAccessGroup', accessGroup: 'listed', principal: nowhere }).code).toBe(
      'organization_unknown',
    )
  })

  test('the groups of a membership end with it, and outlive a change of its role', () => {
    const held = stateAfter(founded, { type: 'AssignAccessGroup', accessGroup: 'listed', principal: membership })
    const changed = stateAfter(held, { type: 'ChangeTeamMemberRole', team: 'dev', user: 'mia', role: 'manager' })
    expect(groupsOf(changed)).toEqual(['listed'])
    const back = stateAfter(
      held,
      { type: 'RemoveTeamMember', team: 'dev', user: 'mia' },
      { type: 'AddTeamMember', team: 'dev', user: 'mia' },
    )
    expect(groupsOf(back)).toEqual([])
  })
})

describe('a restriction on a membership', () => {
  const restrict: Step = { type: 'CreateRestriction', restriction: 'no', subject: membership, selector: alias('gpt-4') }
  const bound = stateAfter(founded, restrict)

  test('outlives a leave and a return, and may precede the membership', () => {
    const left = stateAfter(bound, { type: 'RemoveTeamMember', team: 'dev', user: 'mia' })
    expect(hasRow(left.restrictions, 'no')).toBe(true)
    expect(outcome(founded, { ...restrict, subject: { ...membership, user: 'boss' } })).toBe('accepted')
    expect(outcome(founded, { ...restrict, subject: { ...membership, user: 'none' } })).toBe('user_unknown')
    expect(outcome(founded, { ...restrict, subject: { ...membership, team: 'none' } })).toBe('team_unknown')
  })

  test('goes with the deletion of the user or of the team', () => {
    const left = stateAfter(bound, { type: 'RemoveTeamMember', team: 'dev', user: 'mia' })
    for (const state of [bound, left]) {
      expect(eventTypes(state, { type: 'DeleteUser', user: 'mia' })).toEqual(['RestrictionDeleted', 'UserDeleted'])
      expect(eventTypes(state, { type: 'DeleteTeam', team: 'dev' })).toEqual(['RestrictionDeleted', 'TeamDeleted'])
    }
  })

  test('keeps an admin of the organization from deleting the team', () => {
    const step: Step = { type: 'DeleteTeam', team: 'dev', actor: user('boss') }
    expect([outcome(founded, step), outcome(bound, step)]).toEqual(['accepted', 'power_exceeded'])
  })
})
