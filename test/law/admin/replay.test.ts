import { describe, expect, test } from 'vitest'
import { type Rig, startRig } from './rig.ts'

/** `ann` is the admin of `acme`, which has the team `dev`. */
async function startAcme(): Promise<{ readonly rig: Rig; readonly ann: string }> {
  const admin = { type: 'user', id: 'ann' } as const
  const rig = await startRig([
    { type: 'CreateUser', user: 'ann' },
    { type: 'CreateUser', user: 'bob' },
    { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } },
    { type: 'CreateOrganization', organization: 'rival', entitlement: { type: 'unlimited' } },
    { type: 'AddOrganizationAdmin', organization: 'acme', admin },
    { type: 'CreateTeam', team: 'dev', organization: 'acme' },
  ])
  return { rig, ann: await rig.issue({ credential: 'ann', owner: admin }) }
}

const key = { 'idempotency-key': 'once' }

test('a retry shows nothing of a team that another organization has created under the same id', async () => {
  const { rig, ann } = await startAcme()
  const create = () => rig.as(ann)('POST', '/teams/create', { organization_id: 'acme', team_id: 'new' }, key)
  expect((await create()).status).toBe(200)
  await rig.enact(
    { type: 'DeleteTeam', team: 'new' },
    { type: 'CreateTeam', team: 'new', organization: 'rival', name: 'hidden', credits: '123456.789' },
  )
  const retry = await create()
  expect(retry).toMatchObject({ status: 200, body: { replayed: true } })
  expect(retry.text).not.toMatch(/rival|hidden|123456\.789/)
})

test('a retry shows nothing of the present policy to a caller that may not read it any more', async () => {
  const { rig, ann } = await startAcme()
  const rename = () => rig.as(ann)('PUT', '/teams/dev', { team_alias: 'before' }, key)
  expect((await rename()).body).toMatchObject({ team_alias: 'before' })
  await rig.enact(
    { type: 'RemoveOrganizationAdmin', organization: 'acme', admin: { type: 'user', id: 'ann' } },
    { type: 'UpdateTeam', team: 'dev', name: 'hidden' },
  )
  const retry = await rename()
  expect(retry).toMatchObject({ status: 200, body: { replayed: true } })
  expect(retry.text).not.toContain('hidden')
})

test.each([
  ['POST', '/model-access-groups/create', { group_name: 'gold', model_aliases: [] }],
  ['POST', '/model-access-groups/standard/add-models', { model_aliases: ['gpt'] }],
  ['POST', '/model-access-groups/standard/remove-models', { model_aliases: ['gpt'] }],
  ['POST', '/organizations/create', { organization_id: 'next' }],
  ['POST', '/teams/create', { organization_id: 'acme', team_id: 'new' }],
  ['PUT', '/teams/dev', { team_alias: 'Dev' }],
  ['POST', '/credits/add', { team_id: 'paid', amount: 5 }],
])('the retry of a former administrator at %s %s has the events only', async (method, path, body) => {
  const { rig } = await startAcme()
  await rig.enact(
    { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt'] },
    { type: 'CreateModelAlias', alias: 'gpt', targets: [{ providerAccount: 'openai', model: 'gpt' }] },
    { type: 'CreateAccessGroup', accessGroup: 'standard', members: [] },
    { type: 'CreateTeam', team: 'paid', organization: 'acme', metered: true },
    { type: 'AddAdministrator', administrator: { type: 'user', id: 'bob' } },
  )
  const bob = rig.as(await rig.issue({ credential: 'bob', owner: { type: 'user', id: 'bob' } }))
  expect((await bob(method, path, body, key)).status).toBe(200)
  await rig.enact({ type: 'RemoveAdministrator', administrator: { type: 'user', id: 'bob' } })
  const retry = await bob(method, path, body, key)
  expect(Object.keys(retry.body).sort()).toEqual(['events', 'replayed', 'version'])
  expect(retry.body['replayed']).toBe(true)
})

describe('the key of a caller is that of all its tokens', () => {
  test.each([
    ['PUT', '/teams/dev', { team_alias: 'Dev' }],
    ['POST', '/teams/dev/suspend', {}],
    ['POST', '/teams/create', { organization_id: 'acme', team_id: 'new' }],
    ['POST', '/tokens/create', { token_id: 'new', owner: { type: 'team', id: 'dev' } }],
  ])('a retry of %s %s with a rotated token takes effect once', async (method, path, body) => {
    const { rig, ann } = await startAcme()
    expect((await rig.as(ann)(method, path, body, key)).status).toBe(200)
    const { token } = (await rig.call('POST', '/tokens/ann/rotate', { overlap_ms: 0 })).body
    const { version } = rig.engine.status()
    const retry = await rig.as(String(token))(method, path, body, key)
    expect(retry.status).toBe(200)
    expect(rig.engine.status().version).toBe(version)
    expect(retry.body['token'] ?? retry.body['virtual_key'] ?? null).toBeNull()
    expect((await rig.as(ann)(method, path, body, key)).status).toBe(401)
  })

  test('another body under the key is 422 with another token too', async () => {
    const { rig, ann } = await startAcme()
    const other = await rig.issue({ credential: 'other', owner: { type: 'user', id: 'ann' } })
    expect((await rig.as(ann)('PUT', '/teams/dev', { team_alias: 'one' }, key)).status).toBe(200)
    const retry = await rig.as(other)('PUT', '/teams/dev', { team_alias: 'two' }, key)
    expect(retry).toMatchObject({ status: 422, body: { error: { code: 'command_id_reused' } } })
  })

  test('a token for a team replays nothing that its user did without the team, and the reverse', async () => {
    const { rig, ann } = await startAcme()
    await rig.enact(
      { type: 'AddTeamMember', team: 'dev', user: 'ann', role: 'manager' },
      { type: 'AddTeamMember', team: 'dev', user: 'bob' },
    )
    const dev = await rig.issue({ credential: 'dev', owner: { type: 'user', id: 'ann' }, team: 'dev' })
    const create = { organization_id: 'acme', team_id: 'new' }
    expect((await rig.as(ann)('POST', '/teams/create', create, key)).status).toBe(200)
    const refused = await rig.as(dev)('POST', '/teams/create', create, key)
    expect(refused).toMatchObject({ status: 403, body: { error: { code: 'management_not_granted' } } })

    const promote = (token: string) => rig.as(token)('PUT', '/teams/dev/members/bob', { role: 'manager' }, key)
    expect((await promote(dev)).body).toMatchObject({ replayed: false, events: [{ type: 'TeamMemberRoleChanged' }] })
    expect((await promote(ann)).body).toMatchObject({ replayed: false, events: [] })
  })

  test('a narrowed token of the caller replays nothing', async () => {
    const { rig, ann } = await startAcme()
    const operations = { type: 'list', operations: ['chat'] } as const
    const narrow = await rig.issue({ credential: 'narrow', owner: { type: 'user', id: 'ann' }, operations })
    expect((await rig.as(ann)('PUT', '/teams/dev', { team_alias: 'Dev' }, key)).status).toBe(200)
    const retry = await rig.as(narrow)('PUT', '/teams/dev', { team_alias: 'Dev' }, key)
    expect(retry).toMatchObject({ status: 403, body: { error: { code: 'operation_not_permitted' } } })
  })

  test('a later user with the same id replays nothing of the earlier one', async () => {
    const { rig } = await startAcme()
    const owner = { type: 'user', id: 'bob' } as const
    const issue = async () => {
      const bob = await rig.issue({ credential: 'bob', owner })
      return await rig.as(bob)('POST', '/tokens/create', { token_id: 'second', owner }, key)
    }
    expect((await issue()).body).toMatchObject({ replayed: false })
    await rig.enact({ type: 'DeleteUser', user: 'bob' }, { type: 'CreateUser', user: 'bob' })
    expect((await issue()).body).toMatchObject({ replayed: false, token: expect.stringMatching(/^pc_/) })
  })
})

test('a user cannot take the id of the virtual key of the next team', async () => {
  const { rig } = await startAcme()
  const bob = rig.as(await rig.issue({ credential: 'bob', owner: { type: 'user', id: 'bob' } }))
  const version = Number(JSON.parse(rig.policy()).version)
  // Each of the 20 tokens is a version too, so the ids are those of the versions after them.
  for (let ahead = 21; ahead <= 40; ahead += 1) {
    const token = { token_id: `virtual-key-${version + ahead}`, owner: { type: 'user', id: 'bob' } }
    expect((await bob('POST', '/tokens/create', token)).status).toBe(200)
  }
  for (const team of ['one', 'two'] as const) {
    const headers = team === 'one' ? {} : key
    const created = await rig.call('POST', '/teams/create', { organization_id: 'acme', team_id: team }, headers)
    expect(created.body).toMatchObject({ virtual_key: expect.stringMatching(/^pc_/) })
  }
})
