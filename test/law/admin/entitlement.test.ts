import { expect, test } from 'vitest'
import { faultOf, startRig } from './rig.ts'

const forms = [{ type: 'unlimited' }, { type: 'list', access_groups: [] }, { type: 'list', access_groups: ['gold'] }]

test.each(forms)('creation, change and answers have one form of an entitlement: %j', async (entitlement) => {
  const { call } = await startRig([{ type: 'CreateAccessGroup', accessGroup: 'gold', members: [] }])
  const created = await call('POST', '/organizations/create', { organization_id: 'acme', entitlement })
  expect(created).toMatchObject({ status: 200, body: { organization_id: 'acme', entitlement } })
  await call('POST', '/organizations/create', { organization_id: 'globex' })
  const { body } = await call('GET', '/organizations/acme')
  const changed = await call('PUT', '/organizations/globex', { entitlement: body['entitlement'] })
  expect(changed.status).toBe(200)
  const { body: list } = await call('GET', '/organizations')
  expect(list).toMatchObject({ organizations: [{ entitlement }, { entitlement }] })
})

test('an organization that is created without an entitlement is entitled to every group', async () => {
  const { call } = await startRig()
  const created = await call('POST', '/organizations/create', { organization_id: 'acme', name: 'ACME' })
  expect(created.body).toMatchObject({ organization_id: 'acme', name: 'ACME', entitlement: { type: 'unlimited' } })
})

test.each(
  ['unlimited', ['gold'], { type: 'list' }, { type: 'list', accessGroups: ['gold'] }, null].map((entitlement) => ({
    entitlement,
  })),
)('creation and change refuse $entitlement, and name the same field', async ({ entitlement }) => {
  const { call } = await startRig()
  await call('POST', '/organizations/create', { organization_id: 'acme' })
  const created = faultOf(await call('POST', '/organizations/create', { organization_id: 'globex', entitlement }))
  expect(created).toMatchObject({ status: 400, param: expect.stringMatching(/^entitlement/) })
  expect(faultOf(await call('PUT', '/organizations/acme', { entitlement }))).toEqual(created)
})
