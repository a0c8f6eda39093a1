import { afterAll, describe, expect, test } from 'vitest'
import { type Documented, exampleOf, isWrite, operationsOf, urlOf } from './example.ts'
import type { Answer } from './rig.ts'
import { type Caller, mark, secretOf, startWorld } from './world.ts'

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
    ['with a suspended token', secretOf('suspended'), 401, 'credential_invalid'],
    ['with an expired token', secretOf('expired'), 401, 'credential_invalid'],
    ['with a token for some models', secretOf('scoped'), 403, 'credential_out_of_scope'],
    ['with a token for some operations', secretOf('limited'), 403, 'operation_out_of_scope'],
    ['with the key of a team', secretOf('key'), 403, 'management_not_granted'],
  ]
  test.each(refused)('%s', async (_, token, status, code) => {
    const before = world.policy()
    for (const operation of operations) {
      const answer = await send(operation, token)
      expect({ id: operation.id, status: answer.status, code: answer.body.error?.['code'] }).toEqual({
        ...{ id: operation.id, status, code },
      })
      expect(answer.headers.has('www-authenticate')).toBe(status === 401)
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

describe('each role may carry out these operations on the organization, and no others', () => {
  const ownUser = ['getUser', 'listInvitations', 'listOwnAccessRequests']
  const members = ['addTeamMember', 'changeTeamMemberRole', 'inviteTeamMember', 'removeTeamMember']
  const roles: readonly (readonly [Caller, readonly string[]])[] = [
    ['eve', []],
    ['mel', ['getProviderAccount']],
    ['bob', ['listInvitations']],
    ['ann', [...members, ...ownUser]],
    ['alice', members],
  ]
  test.each(roles)('%s', async (caller, ids) => {
    const before = world.policy()
    expect(await permitted(caller)).toEqual([...everyone, ...ids].sort())
    expect(world.policy()).toBe(before)
  })
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
