import { afterAll, describe, expect, test } from 'vitest'
import { type Documented, exampleOf, isWrite, operationsOf, urlOf } from './example.ts'
import type { Answer } from './rig.ts'
import { type Caller, mark, own, secretOf, startWorld } from './world.ts'

/** No request of this file changes the policy. */
const world = await startWorld(afterAll)
const operations = operationsOf(world.api)

/** Sends the example of an operation. `rename` replaces the mark in ids. */
async function send(
  operation: Documented,
  token: string | undefined,
  more: Readonly<Record<string, string>> = {},
  rename = mark,
): Promise<Answer> {
  const { body } = exampleOf(operation)
  const text = body === undefined ? undefined : JSON.stringify(body).replaceAll(mark, rename)
  return await world.as(token)(operation.method, urlOf(operation, more, rename), text, { 'x-request-id': 'r' })
}

describe('no operation answers a caller whose token may manage nothing, and nothing changes', () => {
  const refused: readonly (readonly [name: string, token: string | undefined, status: number, code: string])[] = [
    ['without a token', undefined, 401, 'token_missing'],
    ['with an unknown token', 'pc_unknown', 401, 'credential_invalid'],
    ['with a token that no secret looks like', '\u00e9', 401, 'credential_invalid'],
    ['with two tokens', 'one two', 400, 'token_ambiguous'],
    ['with a revoked token', secretOf('revoked'), 401, 'credential_invalid'],
    ['with a suspended token', secretOf('suspended'), 403, 'access_suspended'],
    ['with an expired token', secretOf('expired'), 401, 'credential_expired'],
    ['with a token for some models', secretOf('scoped'), 403, 'management_not_granted'],
    ['with a token for some operations', secretOf('limited'), 403, 'operation_not_permitted'],
    ['with the key of a team', secretOf('key'), 403, 'management_not_granted'],
  ]
  test.each(refused)('%s', async (_, token, status, code) => {
    const before = world.policy()
    for (const operation of operations) {
      const answer = await send(operation, token)
      expect({ id: operation.id, status: answer.status, code: answer.body.error?.['code'] }).toEqual({
        ...{ id: operation.id, status, code },
      })
      if (status === 401) expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/)
      if (status === 401) expect(answer.text).not.toContain(mark)
    }
    expect(world.policy()).toBe(before)
  })
})

/** The operations whose examples a caller may carry out; writes as dry runs. */
async function permitted(caller: Caller): Promise<readonly string[]> {
  const ids: string[] = []
  for (const operation of operations) {
    const { status, body } = await send(operation, secretOf(caller), isWrite(operation) ? { dryRun: 'true' } : {})
    expect([200, 403]).toContain(status)
    if (status === 200 && body['accepted'] !== false) ids.push(operation.id)
  }
  return ids.sort()
}

/** What every user may ask; the lists have what the caller manages. */
const everyone = ['listAccessRequests', 'listOrganizations', 'listProviderAccounts', 'listTeams', 'listVirtualAccounts']

/** What a manager of a team may do with it. */
const teamManager = [
  ...['changeTeamMemberRole', 'inviteTeamMember', 'removeTeamMember', 'withdrawInvitation'],
  ...['getTeam', 'listTeamInvitations', 'listTeamMembers'],
]
const tokensOfTeam = ['activateToken', 'listTokens', 'revokeToken', 'rotateToken', 'suspendToken', 'updateToken']

describe('each role may carry out these examples, and no others', () => {
  const roles: readonly (readonly [role: string, caller: Caller, ids: readonly string[]])[] = [
    ["another organization's admin", 'eve', []],
    ['a user', 'bob', ['listInvitations']],
    [
      'a manager of a provider account',
      'mel',
      ['activateModel', 'addModels', 'getProviderAccount', 'grantRole', 'revokeRole', 'suspendModel'],
    ],
    [
      'a manager of a team',
      'ann',
      [...teamManager, ...tokensOfTeam, 'getUser', 'issueToken', 'listOwnAccessRequests', 'setDefaultTeam'],
    ],
    [
      'an admin of an organization',
      'alice',
      [
        ...teamManager,
        ...tokensOfTeam,
        ...['activateTeam', 'deleteTeam', 'suspendTeam'],
        ...['activateVirtualAccount', 'deleteVirtualAccount', 'getVirtualAccount', 'suspendVirtualAccount'],
        ...['assignAccessGroup', 'unassignAccessGroup', 'approveAccess', 'denyAccess'],
        ...['setOrganizationAccessGroups', 'setTeamAccessGroups', 'setVirtualAccountAccessGroups'],
        ...['explain', 'getOrganization', 'getStatement', 'getWallet', 'listPrincipalModels', 'readAuditLog'],
      ],
    ],
  ]
  test.each(roles)('%s', async (_, caller, ids) => {
    const before = world.policy()
    expect(await permitted(caller)).toEqual([...everyone, ...ids].sort())
    for (const operation of operations.filter((one) => isWrite(one) && !ids.includes(one.id))) {
      const { status } = await send(operation, secretOf(caller))
      expect({ id: operation.id, status }).toEqual({ id: operation.id, status: 403 })
    }
    expect(world.policy()).toBe(before)
  })
})

test('an admin of an organization creates a team with a key, but gives it neither credits nor a plan', async () => {
  const { as } = await startWorld()
  const create = (more: object) =>
    as(secretOf('alice'))('POST', '/teams/create', { organization_id: own('acme'), team_id: 'new', ...more })
  expect((await create({ credits_allocated: 5 })).status).toBe(403)
  expect((await create({ plan_id: 'starter' })).status).toBe(403)
  const created = await create({ access_groups: ['standard'] })
  expect(created).toMatchObject({ status: 200, body: { virtual_key: expect.stringMatching(/^pc_/) } })
  const renamed = await as(secretOf('alice'))('PUT', '/teams/new', { team_alias: 'New' })
  expect(renamed).toMatchObject({ status: 200, body: { team_alias: 'New' } })
})

test("another organization's admin learns nothing of an organization, not even whether a thing exists", async () => {
  const before = world.policy()
  for (const operation of operations) {
    const real = await send(operation, secretOf('eve'))
    const made = await send(operation, secretOf('eve'), {}, 'none')
    expect({ id: operation.id, status: real.status, text: real.text.replaceAll(mark, 'none') }).toEqual({
      ...{ id: operation.id, status: made.status, text: made.text },
    })
    if (real.status === 200) expect(real.text).not.toContain(mark)
  }
  expect(world.policy()).toBe(before)
})

test('lists without a filter contain nothing of another organization', async () => {
  for (const operation of operations.filter(({ method, template }) => method === 'GET' && !template.includes('{'))) {
    const { status, text } = await world.as(secretOf('eve'))('GET', operation.template)
    expect([200, 400, 403]).toContain(status)
    expect(text).not.toContain(mark)
  }
})
