import { describe, expect, test } from 'vitest'
import { type Rig, startRig } from './rig.ts'

/** `ann` is in a team of each of two organizations, is an admin of both, and has a token for the team `near`. */
async function startAnn(): Promise<{ readonly rig: Rig; readonly whole: string; readonly near: string }> {
  const rig = await startRig([
    { type: 'CreateAccessGroup', accessGroup: 'standard', members: [] },
    { type: 'CreateUser', user: 'ann' },
    { type: 'CreateUser', user: 'bob' },
    ...['near', 'far'].flatMap((id) => [
      {
        type: 'CreateOrganization' as const,
        organization: `org-${id}`,
        entitlement: { type: 'list' as const, accessGroups: ['standard'] },
      },
      { type: 'CreateTeam' as const, team: id, organization: `org-${id}` },
      { type: 'AddTeamMember' as const, team: id, user: 'ann' },
      { type: 'AddTeamMember' as const, team: id, user: 'bob' },
      { type: 'AddOrganizationAdmin' as const, organization: `org-${id}`, admin: { type: 'user' as const, id: 'ann' } },
    ]),
  ])
  const owner = { type: 'user', id: 'ann' } as const
  const whole = await rig.issue({ credential: 'whole', owner })
  const near = await rig.issue({ credential: 'near', owner, team: 'near' })
  return { rig, whole, near }
}

describe('a token for a team', () => {
  test('lists no access requests that its user could approve as an admin of an organization', async () => {
    const { rig, whole, near } = await startAnn()
    const request = {
      ...{ request_id: 'r', subject: { type: 'member', team_id: 'far', user_id: 'bob' } },
      ...{ wanted: { type: 'accessGroup', id: 'standard' }, reason: 'a trial', duration_ms: 3_600_000 },
    }
    const bob = await rig.issue({ credential: 'bob', owner: { type: 'user', id: 'bob' } })
    expect((await rig.as(bob)('POST', '/access-requests/create', request)).status).toBe(200)
    expect((await rig.as(near)('POST', '/access-requests/r/approve', {})).status).toBe(403)

    expect((await rig.as(whole)('GET', '/access-requests')).body['access_requests']).toHaveLength(1)
    expect((await rig.as(near)('GET', '/access-requests')).body).toEqual({ access_requests: [], has_more: false })
  })

  const own = [
    ...['/users/ann', '/users/ann/invitations', '/users/ann/access-requests'],
    ...['/wallets/users/ann', '/wallets/users/ann/statement', '/principals/user/ann/models'],
    '/tokens?owner_type=user&owner_id=ann',
  ]
  test.each(own)('reads nothing of its user at %s', async (path) => {
    const { rig, whole, near } = await startAnn()
    expect((await rig.as(whole)('GET', path)).status).toBe(200)
    const answer = await rig.as(near)('GET', path)
    expect(answer).toMatchObject({ status: 403, body: { error: { code: 'management_not_granted' } } })
    expect(answer.text).not.toContain('far')
  })

  test('explains no use of its user', async () => {
    const { rig, whole, near } = await startAnn()
    const question = { principal: { type: 'user', id: 'ann' }, model: 'any' }
    expect((await rig.as(whole)('POST', '/explain', question)).status).toBe(200)
    expect((await rig.as(near)('POST', '/explain', question)).status).toBe(403)
  })
})
