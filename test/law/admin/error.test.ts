import { afterAll, describe, expect, test } from 'vitest'
import { faultOf } from './rig.ts'
import { own, secretOf, startWorld } from './world.ts'

/** The world of tests that change nothing. */
const world = await startWorld(afterAll)
await world.enact(
  { type: 'CreateModelAlias', alias: 'empty', targets: [] },
  { type: 'CreateAccessGroup', accessGroup: 'hollow', members: [{ type: 'alias', alias: 'empty' }] },
  { type: 'AssignAccessGroup', accessGroup: 'hollow', principal: { type: 'user', id: 'bob' } },
)

describe('errors', () => {
  const target = { provider_account_id: 'openai', model: 'gpt-5' }
  const alias = (...targets: object[]) => ({ alias: 'new', targets })
  const group = (...members: object[]) => ({ members })
  const later = '2040-01-31T09:00:00Z'
  const token = (more: object) => ({ token_id: 'new', owner: { type: 'user', id: 'root' }, ...more })
  const faults: readonly (readonly [method: string, path: string, body: unknown, param: string])[] = [
    ['PUT', '/model-access-groups/standard/members', group({ type: 'alias', alias: 'nothing' }), 'members.0.alias'],
    ['PUT', '/model-access-groups/standard/members', group({ type: 'alias', alias: 5 }), 'members.0.alias'],
    [
      'PUT',
      '/model-access-groups/standard/members',
      group({ type: 'alias', providerAccount: 'x' }),
      'members.0.providerAccount',
    ],
    ['POST', '/model-access-groups/create', { group_name: 'New', model_aliases: [] }, 'group_name'],
    ['POST', '/model-access-groups/create', { group_name: 'new', model_aliases: ['fast', 'no'] }, 'model_aliases.1'],
    ['POST', '/model-access-groups/create', { group_name: 'new', model_aliases: ['fast', 5] }, 'model_aliases.1'],
    ['POST', '/model-access-groups/create', { group_name: 'standard', model_aliases: [] }, 'group_name'],
    [
      'POST',
      '/model-aliases/create',
      alias(target, { ...target, provider_account_id: 'no' }),
      'targets.1.provider_account_id',
    ],
    ['POST', '/model-aliases/create', alias(target, { model: 'gpt-5' }), 'targets.1.provider_account_id'],
    ['POST', '/tokens/create', token({ expires_at: '2020-01-01T00:00:00Z' }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: 1_900_000_000_000 }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: '2040-01-31' }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: '2040-02-31T00:00:00Z' }), 'expires_at'],
    ['POST', '/tokens/create', token({ expires_at: '2040-01-31T00:00:00' }), 'expires_at'],
    ['POST', '/tokens/create', token({ team_id: own('nothing') }), 'team_id'],
    ['POST', '/tokens/create', token({ digest: 'f'.repeat(64) }), 'digest'],
    [
      'POST',
      '/tokens/create',
      token({ scope: { type: 'list', selectors: [{ type: 'alias' }] } }),
      'scope.selectors.0.alias',
    ],
    ['POST', `/tokens/${own('key')}/rotate`, { overlap_ms: -1 }, 'overlap_ms'],
    ['POST', `/tokens/${own('key')}/rotate`, { overlap_ms: 0, expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    [
      'POST',
      '/teams/create',
      { organization_id: own('acme'), team_id: 'new', credits_allocated: -1 },
      'credits_allocated',
    ],
    ['POST', '/teams/create', { organization_id: own('acme'), team_id: 'new', plan_id: 'nothing' }, 'plan_id'],
    ['POST', '/teams/create', { organization_id: own('acme'), team_id: own('dev') }, 'team_id'],
    [
      'POST',
      '/teams/create',
      { organization_id: own('acme'), team_id: 'new', team_alias: 'x'.repeat(1_025) },
      'team_alias',
    ],
    ['PUT', `/teams/${own('dev')}`, { access_groups: ['standard', 'nothing'] }, 'access_groups.1'],
    [
      'POST',
      '/organizations/create',
      { organization_id: 'new', entitlement: { type: 'list', access_groups: ['nothing'] } },
      'entitlement.access_groups.0',
    ],
    ['POST', '/credits/add', { team_id: 'nothing', amount: 1 }, 'team_id'],
    ['POST', '/credits/add', { team_id: own('dev'), amount: 1e-10 }, 'amount'],
    ['POST', '/credits/add', { team_id: own('dev'), amount: 0 }, 'amount'],
    ['POST', '/credits/add', { team_id: own('dev'), amount: 1, expires_at: '2020-01-01T00:00:00Z' }, 'expires_at'],
    ['POST', '/credits/add', { amount: 1 }, 'team_id'],
    ['POST', '/credits/add', { principal: { type: 'user', id: 'nothing' }, amount: 1 }, 'principal.id'],
    [
      'POST',
      '/provider-accounts/openai/grants',
      { principal: { type: 'user', id: 'no' }, role: 'user' },
      'principal.id',
    ],
    ['POST', '/model-aliases/fast/deprecate', { sunset_at: later, successor: 'nothing' }, 'successor'],
    ['POST', '/preview', { commands: [{ type: 'CreateUser', user_id: 'x' }, { userId: 'y' }] }, 'commands.1.userId'],
    ['POST', '/explain', { principal: { type: 'user' }, model: 'fast' }, 'principal.id'],
    ['GET', '/audit-log?subject_type=team', undefined, 'subject_id'],
    ['GET', '/audit-log?subject_id=x', undefined, 'subject_type'],
    ['GET', '/audit-log?subject_type=teams&subject_id=x', undefined, 'subject_type'],
    ['GET', '/audit-log?since=yesterday', undefined, 'since'],
    ['GET', '/audit-log?after=x', undefined, 'after'],
    ['GET', '/access-requests?after=x', undefined, 'after'],
    ['GET', '/matrix?format=pdf', undefined, 'format'],
    ['GET', '/tokens?owner_type=user', undefined, 'owner_id'],
    ['GET', '/who-can-use', undefined, 'model'],
    ['GET', '/who-can-use?model=fast&after=ann', undefined, 'after'],
    ['GET', '/who-can-use?model=fast&after=robot:x', undefined, 'after'],
  ]

  test.each(faults)('%s %s %j names the field `%s`', async (method, path, body, param) => {
    const before = world.policy()
    const answer = await world.call(method, path, body)
    expect(faultOf(answer)).toMatchObject({ param })
    expect([400, 404, 409, 422]).toContain(answer.status)
    expect(world.policy()).toBe(before)
  })

  test('name what to do in plain words, and no command', async () => {
    const alice = world.as(secretOf('alice'))
    const added = await alice('POST', `/teams/${own('dev')}/members`, { user_id: 'eve' })
    expect(added.body.error).toMatchObject({
      code: 'consent_required',
      message: 'user `eve` has to accept first, invite it to the team',
    })
    const { text } = (await world.call('POST', '/explain', { principal: { type: 'user', id: 'bob' }, model: 'empty' }))
      .body
    expect(text).toContain('give alias `empty` targets')
    expect(text).not.toContain('SetModelAliasTargets')
  })

  test('are a problem with the same facts for a client that prefers it', async () => {
    const headers = { accept: 'application/problem+json' }
    const plain = await world.call('GET', '/teams/nothing')
    const problem = await world.call('GET', '/teams/nothing', undefined, headers)
    expect(problem.headers.get('content-type')).toBe('application/problem+json; charset=utf-8')
    const { message, code, param } = plain.body.error ?? {}
    expect(problem.body).toMatchObject({
      type: 'about:blank',
      status: 404,
      title: 'Not Found',
      detail: message,
      code,
      param,
    })
  })

  test('an unknown route is 404, and another method of a route 405 with `Allow`', async () => {
    expect((await world.call('GET', '/nothing')).status).toBe(404)
    expect((await world.call('GET', '/teams/')).status).toBe(404)
    expect((await world.call('GET', `/teams/${own('dev')}/`)).status).toBe(404)
    expect((await world.api.handle(new Request('http://gateway/other/teams'))).status).toBe(404)
    const answer = await world.call('POST', `/teams/${own('dev')}`)
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('DELETE, GET, HEAD, PUT')
    const other = await world.call('HEAD', '/teams/x/suspend')
    expect([other.status, other.headers.get('allow'), other.text]).toEqual([405, 'POST', ''])
  })
})
