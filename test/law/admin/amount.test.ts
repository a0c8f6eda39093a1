import { expect, test } from 'vitest'
import { startRig } from './rig.ts'

const rig = () =>
  startRig([
    { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true },
  ])

test.each(['123456789.123456789', '8123456789.12345678', '0.1234567890123456'])(
  'the JSON number %s, which has more digits than a number keeps, is a 400',
  async (amount) => {
    const { call, policy } = await rig()
    const before = policy()
    const answer = await call('POST', '/credits/add', `{ "team_id": "dev", "amount": ${amount} }`)
    expect(answer).toMatchObject({
      status: 400,
      body: { error: { param: 'amount', message: expect.stringContaining('string') } },
    })
    expect(policy()).toBe(before)
  },
)

test.each([
  ['123456.123456789', '123456.123456789'],
  ['"123456789.123456789"', '123456789.123456789'],
  ['9000000000', '9000000000'],
  ['1e3', '1000'],
])('the amount %s is exact', async (amount, granted) => {
  const { call } = await rig()
  const answer = await call('POST', '/credits/add', `{ "team_id": "dev", "amount": ${amount} }`)
  expect(answer).toMatchObject({ status: 200, body: { amount: granted, balance: { granted } } })
})
