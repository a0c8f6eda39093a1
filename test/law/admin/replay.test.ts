import { expect, test } from 'vitest'
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
    { type: 'CreateTeam', team: 'new', organization: 'rival', name: 'hidden', credits: '77' },
  )
  const retry = await create()
  expect(retry).toMatchObject({ status: 200, body: { replayed: true } })
  expect(retry.text).not.toMatch(/rival|hidden|77/)
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
