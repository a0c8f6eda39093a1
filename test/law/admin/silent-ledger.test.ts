import { expect, test } from 'vitest'
import { createAdminApi } from '../../../src/admin/index.ts'
import { startRig } from './rig.ts'

test('a ledger that does not answer delays an answer by at most some seconds, and hides no change', async () => {
  const { engine, ledger, token } = await startRig([
    { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    { type: 'CreateTeam', team: 'dev', organization: 'acme', metered: true },
  ])
  const never = new Promise<never>(() => undefined)
  const silent = Object.assign(Object.create(ledger), {
    balance: () => never,
    statement: () => ({ [Symbol.asyncIterator]: () => ({ next: () => never }) }),
  })
  const api = createAdminApi(engine, { ledger: silent })
  const call = async (method: string, path: string, body?: object) => {
    const init = { method, headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' } }
    const text = body === undefined ? {} : { body: JSON.stringify(body) }
    const response = await api.handle(new Request(`http://gateway/api${path}`, { ...init, ...text }))
    return { status: response.status, body: await response.json() }
  }
  const unavailable = { status: 503, body: { error: { code: 'ledger_unavailable' } } }
  const answers = await Promise.all([
    call('GET', '/teams/dev'),
    call('PUT', '/teams/dev', { team_alias: 'Dev' }),
    call('GET', '/wallets/teams/dev'),
    call('GET', '/wallets/teams/dev/statement'),
    call('POST', '/credits/add', { team_id: 'dev', amount: 5 }),
  ])
  expect(answers).toMatchObject([
    { status: 200, body: { credits: null } },
    { status: 200, body: { team_alias: 'Dev', credits: null } },
    unavailable,
    unavailable,
    { status: 200, body: { events: [{ type: 'CreditsAllocated' }] } },
  ])
})
