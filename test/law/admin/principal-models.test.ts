import { expect, test } from 'vitest'
import { startRig } from './rig.ts'

const path = (type: string, id: string) => `/principals/${type}/${id}/models`

test.each(['user', 'team', 'virtualAccount'])('the models of a %s that does not exist are a 404', async (type) => {
  const { call } = await startRig()
  const answer = await call('GET', path(type, 'none'))
  expect(answer).toMatchObject({
    status: 404,
    body: { error: { code: 'not_found', message: '`none` does not exist' } },
  })
  expect(answer.headers.get('www-authenticate')).toBeNull()
})

test.each(['user', 'team', 'virtualAccount'])('a suspended %s may use no models', async (type) => {
  const { call } = await startRig([
    { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    { type: 'CreateUser', user: 'a' },
    { type: 'CreateTeam', team: 'a', organization: 'acme' },
    { type: 'CreateVirtualAccount', virtualAccount: 'a', organization: 'acme' },
    { type: 'SuspendUser', user: 'a' },
    { type: 'SuspendTeam', team: 'a' },
    { type: 'SuspendVirtualAccount', virtualAccount: 'a' },
  ])
  expect(await call('GET', path(type, 'a'))).toMatchObject({ status: 200, body: { models: [], open_accounts: [] } })
})
