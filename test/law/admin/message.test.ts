import { expect, test } from 'vitest'
import { createAdminApi } from '../../../src/admin/index.ts'
import { type Answer, startRig } from './rig.ts'

const ann = { type: 'user', id: 'ann' } as const
const rig = () =>
  startRig([
    { type: 'CreateUser', user: 'ann' },
    { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4'] },
    { type: 'CreateModelAlias', alias: 'gpt-4', targets: [{ providerAccount: 'openai', model: 'gpt-4' }] },
    { type: 'CreateAccessGroup', accessGroup: 'pro', members: [{ type: 'alias', alias: 'gpt-4' }] },
  ])

const errorOf = ({ status, body }: Answer) => [status, body.error?.['param'], body.error?.['message']]

test('the message about a value of `type` names values that are accepted', async () => {
  const { call } = await rig()
  const owner = { type: 'virtual_account', id: 'ci' }
  expect(errorOf(await call('POST', '/tokens/create', { token_id: 'x', owner }))).toEqual([
    ...[400, 'owner.type', 'expected one of `user`, `team`, `virtualAccount` for `type`'],
  ])
  const wanted = { type: 'access_group', id: 'pro' }
  const asked = { request_id: 'r', subject: ann, wanted, reason: 'r', duration_ms: 3_600_000 }
  expect(errorOf(await call('POST', '/access-requests/create', asked))).toEqual([
    ...[400, 'wanted.type', 'expected one of `accessGroup`, `model` for `type`'],
  ])
})

test.each([
  ['/users/create', 'user_id'],
  ['/plans/create', 'plan_id'],
  ['/restrictions/create', 'restriction_id'],
  ['/tokens/create', 'token_id'],
])('a missing field of POST `%s` has its name in the message', async (path, field) => {
  const { call } = await rig()
  expect(errorOf(await call('POST', path, {}))).toEqual([400, field, `expected a string for \`${field}\``])
})

test('a missing instant is asked for in the form that is read', async () => {
  const { call } = await rig()
  const [status, param, message] = errorOf(await call('POST', '/model-aliases/gpt-4/deprecate', {}))
  expect([status, param]).toEqual([400, 'sunset_at'])
  expect(message).toContain('ISO 8601')
})

test('a query parameter that names nothing is the `param` of the error', async () => {
  const { call } = await rig()
  expect(errorOf(await call('GET', '/who-can-use?model=nope')).slice(0, 2)).toEqual([404, 'model'])
})

test('an error about the caller has no field', async () => {
  const { call, enact, issue, as } = await rig()
  await enact({ type: 'AddAdministrator', administrator: ann })
  const asAnn = as(await issue({ credential: 'ann', owner: ann }))
  const wanted = { type: 'accessGroup', id: 'pro' }
  const asked = { request_id: 'r', subject: ann, wanted, reason: 'r', duration_ms: 3_600_000 }
  expect((await asAnn('POST', '/access-requests/create', asked)).status).toBe(200)
  expect(errorOf(await asAnn('POST', '/access-requests/r/approve', {})).slice(0, 2)).toEqual([403, null])
  expect((await call('POST', '/access-requests/r/approve', {})).status).toBe(200)
})

test('a preview names the unknown field of a command as it was sent', async () => {
  const { call } = await rig()
  const commands = [{ type: 'AssignAccessGroup', group_name: 'pro', principal: ann, group_id: 'pro' }]
  const answer = await call('POST', '/preview', { commands })
  expect(answer.text).toContain('unknown key `group_id`')
  expect(answer.text).not.toContain('groupId')
})

test('the message about an unknown type of a thing lists the types', async () => {
  const { call } = await rig()
  const [status, param, message] = errorOf(await call('GET', '/audit-log?subject_type=token&subject_id=x'))
  expect([status, param]).toEqual([400, 'subject_type'])
  for (const type of ['credential', 'team', 'modelAlias']) expect(message).toContain(`\`${type}\``)
})

test('a plus sign in a query is a space, which the message says', async () => {
  const { call } = await rig()
  const [status, param, message] = errorOf(await call('GET', '/audit-log?since=2026-11-28T12:00:00+01:00'))
  expect([status, param]).toEqual([400, 'since'])
  expect(message).toContain('%2B')
  expect((await call('GET', '/audit-log?since=2026-11-28T12:00:00%2B01:00')).status).toBe(200)
})

test('a key that was used with another body says so', async () => {
  const { call } = await rig()
  const headers = { 'idempotency-key': 'once' }
  expect((await call('POST', '/users/create', { user_id: 'bob' }, headers)).status).toBe(200)
  const [status, , message] = errorOf(await call('POST', '/users/create', { user_id: 'eve' }, headers))
  expect([status, message]).toEqual([422, 'the idempotency key was used for another change; send a new key'])
})

test.each([{ onError: 5 }, { decisions: {} }, { ledger: {} }])('the options %j are refused', async (options) => {
  const { engine } = await rig()
  expect(() => createAdminApi(engine, options as never)).toThrow(TypeError)
})
