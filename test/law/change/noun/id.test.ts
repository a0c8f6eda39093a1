import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkState } from '../../../../src/model/state/check-state.ts'
import { emptyState, kinds, type State } from '../../../../src/model/state/state.ts'
import { findRow, hasRow, type Table } from '../../../../src/model/table/table.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import { arbitraryId, nastyIds } from '../../../../src/testing/arbitrary/name.ts'
import { runs } from '../../runs.ts'
import { digest, outcome, rejected, type Step, stateAfter } from '../story.ts'

/** Returns steps that create one row of each kind. All rows have the same id if their kind permits the id. */
function stepsUnder(id: string): Step[] {
  const account = id.replaceAll('/', '-').slice(0, 256)
  return [
    { type: 'CreateOrganization', organization: id, entitlement: { type: 'unlimited' } },
    { type: 'CreateUser', user: id },
    { type: 'CreateProviderAccount', providerAccount: account, models: [id] },
    { type: 'CreateModelAlias', alias: id, targets: [{ providerAccount: account, model: id }] },
    { type: 'CreateAccessGroup', accessGroup: 'constructor', members: [{ type: 'alias', alias: id }] },
    { type: 'CreatePlan', plan: id, accessGroups: ['constructor'] },
    { type: 'CreateTeam', team: id, organization: id, plan: id },
    { type: 'CreateVirtualAccount', virtualAccount: id, organization: id, accessGroups: ['constructor'] },
    { type: 'AddTeamMember', team: id, user: id },
    { type: 'SetDefaultTeam', user: id, team: id },
    { type: 'IssueCredential', credential: id, owner: { type: 'user', id }, team: id, digest: digest('a') },
    { type: 'AddAdministrator', administrator: { type: 'virtualAccount', id } },
    { type: 'AddOrganizationAdmin', organization: id, admin: { type: 'user', id } },
    {
      type: 'CreateRestriction',
      restriction: id,
      subject: { type: 'virtualAccount', id },
      selector: { type: 'alias', alias: id },
    },
    { type: 'GrantRole', principal: { type: 'team', id }, providerAccount: account, role: 'manager' },
  ]
}

const rowCount = (state: State): number => kinds.reduce((sum, kind) => sum + state[kind].size, 0)

describe('ids are data', () => {
  test.each(nastyIds.map((id) => [id]))(
    '%j names one of everything, is found exactly, and leaves nothing behind',
    (id) => {
      const steps = stepsUnder(id)
      const state = stateAfter(emptyState, ...steps)
      expect(rowCount(state)).toBe(10)
      expect(checkState(state)).toEqual([])
      const ask = { type: 'use', who: { type: 'credential', id }, model: id, at: 1_700_000_001_000 } as const
      expect(authorize(ask, state)).toMatchObject({ effect: 'allow' })
      for (const step of steps) expect(outcome(state, step), step.type).toMatch(/_exists$|^unchanged$/)
      const account = id.replaceAll('/', '-').slice(0, 256)
      const gone = stateAfter(
        state,
        { type: 'DeleteUser', user: id },
        { type: 'DeleteOrganization', organization: id, cascade: true },
        { type: 'DeletePlan', plan: id },
        { type: 'DeleteModelAlias', alias: id, cascade: true },
        { type: 'DeleteAccessGroup', accessGroup: 'constructor' },
        { type: 'DeleteProviderAccount', providerAccount: account, cascade: true },
      )
      expect({ ...gone, version: 0 }).toStrictEqual(emptyState)
    },
  )

  test('every id that does not exist is unknown', () => {
    fc.assert(
      fc.property(arbitraryId, (id) => {
        for (const kind of kinds) expect(findRow(emptyState[kind] as Table<unknown>, id)).toBeUndefined()
        expect(rejected(emptyState, { type: 'DeleteUser', user: id })).toMatchObject({
          code: 'user_unknown',
          details: { reference: { id } },
        })
      }),
      runs(200),
    )
  })

  test('ids that look alike are different ids', () => {
    fc.assert(
      fc.property(arbitraryId, arbitraryId, (one, other) => {
        fc.pre(one !== other)
        const state = stateAfter(emptyState, { type: 'CreateUser', user: one }, { type: 'CreateUser', user: other })
        expect(state.users.size).toBe(2)
        expect(hasRow(stateAfter(state, { type: 'DeleteUser', user: one }).users, other)).toBe(true)
      }),
      runs(200),
    )
  })
})
