import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Command } from '../../../src/change/message/command.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseRequest } from '../../../src/policy/request/request.ts'
import { arbitraryCommand, arbitraryCommands, arbitraryUseRequest } from '../../../src/testing/index.ts'
import { applyUnguarded } from '../command.ts'
import { runs } from '../runs.ts'
import { answer } from '../world.ts'

const giving: readonly Command['type'][] = [
  'AssignAccessGroup',
  'GrantRole',
  'AddAccessGroupMembers',
  'AddTeamMember',
  'AddModels',
  'ActivateOrganization',
  'ActivateUser',
  'ActivateTeam',
  'ActivateVirtualAccount',
  'ActivateProviderAccount',
  'ActivateModel',
  'ActivateModelAlias',
  'DeleteRestriction',
]

/**
 * The types of commands that only take access away. Excludes `DeleteModelAlias`, which can make a concrete model with
 * the alias's name usable.
 */
const taking: readonly Command['type'][] = [
  'UnassignAccessGroup',
  'RevokeRole',
  'RemoveAccessGroupMembers',
  'RemoveTeamMember',
  'RemoveModels',
  'SuspendOrganization',
  'SuspendUser',
  'SuspendTeam',
  'SuspendVirtualAccount',
  'SuspendProviderAccount',
  'SuspendModel',
  'RetireModelAlias',
  'RevokeCredential',
  'CreateRestriction',
  'DeleteAccessGroup',
  'DeleteUser',
  'DeleteTeam',
  'DeleteVirtualAccount',
  'DeleteProviderAccount',
]

interface Step {
  readonly before: State
  readonly command: Command
  readonly after: State
  readonly requests: readonly UseRequest[]
}

/**
 * Generates a step: a command of one of these types that the state accepts, and requests to decide before and after the
 * command.
 */
function arbitraryStep(types: readonly Command['type'][]): fc.Arbitrary<Step> {
  const commands = fc.array(
    arbitraryCommand.filter(({ type }) => types.includes(type)),
    { minLength: 1, maxLength: 6, size: 'max' },
  )
  return fc.tuple(arbitraryCommands, commands).chain(([history, tried]) => {
    const before = history.reduce(after, emptyState)
    const asSystem = tried.map((command): Command => ({ ...command, actor: { type: 'system' } }))
    const command = asSystem.find((each) => after(before, each) !== before) ?? (asSystem[0] as Command)
    const requests = fc.array(arbitraryUseRequest(before), { minLength: 1, maxLength: 20, size: 'max' })
    return fc.record({
      before: fc.constant(before),
      command: fc.constant(command),
      after: fc.constant(after(before, command)),
      requests,
    })
  })
}

function after(state: State, command: Command): State {
  const applied = applyUnguarded(command, state)
  return applied.ok ? applied.state : state
}

const isReached = (request: UseRequest, state: State): boolean =>
  ['allow', 'payer_ambiguous', 'credits_exhausted'].includes(answer(authorize(request, state)))

test('a command that gives access takes no access away, payers aside', () => {
  let reached = 0
  fc.assert(
    fc.property(arbitraryStep(giving), (step) => {
      for (const request of step.requests) {
        if (!isReached(request, step.before)) continue
        reached += 1
        expect([step.command, isReached(request, step.after)]).toEqual([step.command, true])
      }
    }),
    runs(200),
  )
  expect(reached).toBeGreaterThan(200)
})

test('a command that takes access away gives none, payers aside', () => {
  let taken = 0
  fc.assert(
    fc.property(arbitraryStep(taking), (step) => {
      for (const request of step.requests) {
        if (!isReached(request, step.before)) {
          expect([step.command, isReached(request, step.after)]).toEqual([step.command, false])
        } else if (!isReached(request, step.after)) taken += 1
      }
    }),
    runs(200),
  )
  expect(taken).toBeGreaterThan(20)
})
