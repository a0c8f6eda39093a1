import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { exampleOf, operationsOf } from './example.ts'
import { type Call, faultOf, startRig } from './rig.ts'
import { startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)
const operations = operationsOf(world.api)
const user = (user_id: string) => ({ user_id })

describe('ids in a path', () => {
  const ids = [
    'a/b',
    '%2e%2e',
    '__proto__',
    'constructor',
    'ü 🎉',
    'a?b#c',
    'a+b',
    '...',
    '100%',
    'a;b=c',
    '\\',
    'create',
  ]

  test.each(ids)('`%s` is the id of a team, a user, an alias and a token', async (id) => {
    const { call } = await startRig([
      { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
      { type: 'CreateProviderAccount', providerAccount: 'openai', anyModel: true },
    ])
    await roundTrip(call, id)
  })

  test('any id, which is no step of a path, is found under its encoding', async () => {
    const { call } = await startRig([
      { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    ])
    const isStep = (id: string) => id === '.' || id === '..'
    await fc.assert(
      fc.asyncProperty(
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter((id) => !isStep(id)),
        async (id) => {
          const made = await call('POST', '/users/create', user(id))
          fc.pre(made.status === 200)
          const { status, body } = await call('GET', `/users/${encodeURIComponent(id)}`)
          expect({ status, id: body['user_id'] }).toEqual({ status: 200, id })
        },
      ),
      { numRuns: 25 },
    )
  })

  const creations: Readonly<Record<string, string>> = {
    createAccessGroup: 'group_name',
    createOrganization: 'organization_id',
    createTeam: 'team_id',
    createUser: 'user_id',
    createVirtualAccount: 'virtual_account_id',
    createProviderAccount: 'provider_account_id',
    createModelAlias: 'alias',
    createPlan: 'plan_id',
    createRestriction: 'restriction_id',
    issueToken: 'token_id',
    requestAccess: 'request_id',
  }

  test.each(Object.entries(creations))('%s refuses `.` and `..` as `%s`, also as a dry run', async (id, param) => {
    const operation = operations.find((one) => one.id === id)
    if (operation === undefined) throw new Error(`no operation \`${id}\``)
    const before = world.policy()
    for (const step of ['.', '..'])
      for (const more of ['', '?dryRun=true']) {
        const body = { ...exampleOf(operation).body, [param]: step }
        const answer = await world.call(operation.method, `${operation.template}${more}`, body)
        expect(faultOf(answer)).toEqual({ status: 400, code: 'body_invalid', param })
        expect(answer.body.error?.['message']).toContain('no URL')
      }
    expect(world.policy()).toBe(before)
  })

  test('every operation that creates a thing with an id is among them', () => {
    const ids = operations.filter(({ template }) => template.endsWith('/create')).map(({ id }) => id)
    expect(ids.sort()).toEqual(Object.keys(creations).sort())
  })

  test('a new team may be in an organization `..` that the host has created', async () => {
    const { call } = await startRig([
      { type: 'CreateOrganization', organization: '..', entitlement: { type: 'unlimited' } },
    ])
    const created = await call('POST', '/teams/create', { organization_id: '..', team_id: '...' })
    expect(created).toMatchObject({ status: 200, body: { organization_id: '..', team_id: '...' } })
  })

  test('`.` and `..`, which clients resolve, reach no operation that changes something', async () => {
    for (const id of ['.', '..']) {
      for (const operation of operations.filter(({ template }) => template.includes('{'))) {
        const path = operation.template.replace(/\{\w+\}/g, id)
        const before = world.policy()
        const { status } = await world.call(operation.method, path, exampleOf(operation).body)
        if (operation.method !== 'GET')
          expect({ path, isRefused: [400, 404, 405].includes(status) }).toEqual({ path, isRefused: true })
        expect(world.policy()).toBe(before)
      }
    }
  })
})

async function roundTrip(call: Call, id: string): Promise<void> {
  const at = encodeURIComponent(id)
  const expectOk = async (method: string, path: string, body?: unknown) => {
    const answer = await call(method, path, body)
    expect({ path, status: answer.status, error: answer.body.error }).toEqual({ path, status: 200, error: undefined })
    return answer.body
  }
  await expectOk('POST', '/users/create', { user_id: id })
  expect(await expectOk('GET', `/users/${at}`)).toMatchObject({ user_id: id })
  await expectOk('POST', '/teams/create', { organization_id: 'acme', team_id: id, virtual_key: false })
  await expectOk('POST', `/teams/${at}/members`, { user_id: id })
  await expectOk('PUT', `/teams/${at}/members/${at}`, { role: 'manager' })
  expect(await expectOk('GET', `/teams/${at}`)).toMatchObject({ team_id: id, organization_id: 'acme' })
  expect((await expectOk('GET', `/audit-log?subject_type=team&subject_id=${at}`))['events']).toHaveLength(3)
  await expectOk('POST', '/model-aliases/create', {
    alias: id,
    targets: [{ provider_account_id: 'openai', model: 'gpt-5' }],
  })
  expect(await expectOk('GET', `/model-aliases/${at}`)).toMatchObject({ alias: id, targets: [{ model: 'gpt-5' }] })
  await expectOk('POST', '/tokens/create', { token_id: id, owner: { type: 'team', id } })
  expect((await expectOk('GET', `/tokens?owner_type=team&owner_id=${at}`))['tokens']).toMatchObject([{ token_id: id }])
  await expectOk('POST', `/tokens/${at}/revoke`)
  await expectOk('DELETE', `/teams/${at}`)
}
