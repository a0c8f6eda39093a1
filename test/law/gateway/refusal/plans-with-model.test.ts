import fc from 'fast-check'
import { expect, test } from 'vitest'
import { answerRefusal } from '../../../../src/gateway/refusal/answer-refusal.ts'
import { plansWithModel } from '../../../../src/gateway/refusal/plans-with-model.ts'
import type { State } from '../../../../src/model/state/state.ts'
import type { UseRequest } from '../../../../src/policy/request/request.ts'
import type { CommandBody } from '../../../../src/runtime/index.ts'
import { accepted, call, found, system } from '../../runtime/gateway.ts'

const at = Date.now() + 60_000
const who = { type: 'team', id: 'dev' } as const
const ask = (rest: Partial<UseRequest> = {}): UseRequest => ({ type: 'use', who, model: 'large', at, ...rest })

/** Two plans that have the model `large`, one that has not, and an alias `large`. */
const plans: readonly CommandBody[] = [
  { type: 'CreateModelAlias', alias: 'large', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'premium', members: [{ type: 'alias', alias: 'large' }] },
  { type: 'CreateAccessGroup', accessGroup: 'all', members: [{ type: 'allAliases' }] },
  { type: 'CreatePlan', plan: 'pro', accessGroups: ['premium'] },
  { type: 'CreatePlan', plan: 'enterprise', accessGroups: ['all'] },
  { type: 'CreatePlan', plan: 'basic', accessGroups: ['standard'] },
]

async function stateAfter(commands: readonly CommandBody[]): Promise<State> {
  const { engine } = await found()
  accepted(await engine.execute([...plans, ...commands], system))
  const state = engine.read((each) => each)
  if ('reason' in state) throw new Error(state.message)
  return state
}

test('the plans that would give a team the model are found, sorted', async () => {
  const state = await stateAfter([])
  expect(plansWithModel(ask(), state)).toEqual(['enterprise', 'pro'])
  expect(plansWithModel(ask({ model: 'other' }), state)).toEqual([])
  expect(plansWithModel(ask({ who: { type: 'team', id: 'other' } }), state)).toEqual([])
})

test('a plan is found for a user by its teams, for a credential by its owner', async () => {
  const state = await stateAfter([
    { type: 'CreateUser', user: 'ann' },
    { type: 'AddTeamMember', team: 'dev', user: 'ann' },
    { type: 'CreateUser', user: 'bob' },
  ])
  expect(plansWithModel(ask({ who: { type: 'user', id: 'ann' } }), state)).toEqual(['enterprise', 'pro'])
  expect(plansWithModel(ask({ who: { type: 'credential', id: 'key' }, operation: 'chat' }), state)).toHaveLength(2)
  expect(plansWithModel(ask({ who: { type: 'user', id: 'bob' } }), state)).toEqual([])
})

test('a plan that the organization may not have, or that a restriction overrides, is not found', async () => {
  const entitlement = { type: 'list', accessGroups: ['standard', 'premium'] } as const
  const limited = await stateAfter([{ type: 'UpdateOrganization', organization: 'acme', entitlement }])
  expect(plansWithModel(ask(), limited)).toEqual(['pro'])
  const selector = { type: 'alias', alias: 'large' } as const
  const restricted = await stateAfter([{ type: 'CreateRestriction', restriction: 'r', subject: who, selector }])
  expect(plansWithModel(ask(), restricted)).toEqual([])
})

test('an engine that refuses the model is answered with the plans, by choice of the host', async () => {
  const { engine } = await found()
  accepted(await engine.execute(plans, system))
  const refused = await engine.admit({ ...call, model: 'large' })
  if (refused.admitted) throw new Error('the call was admitted')
  const ids = engine.read((state, now) => plansWithModel(ask({ at: now }), state))
  if ('reason' in ids) throw new Error(ids.message)
  expect(answerRefusal(refused, { plans: ids }).status).toBe(404)
  expect(answerRefusal(refused, { plans: ids, disclosure: 'plans' })).toMatchObject({
    status: 403,
    body: { error: { code: 'plan_required', plans: ['enterprise', 'pro'] } },
  })
})

test('any request and any state get an answer', () => {
  fc.assert(
    fc.property(fc.anything(), fc.anything(), (request, state) => {
      expect(plansWithModel(request as UseRequest, state as State)).toEqual([])
    }),
  )
})
