import { afterAll, describe, expect, test } from 'vitest'
import type { AdminCall } from '../../../src/admin/admin-call.ts'
import { requestOf } from '../../../src/admin/command-request.ts'
import { findOperation } from '../../../src/admin/operation-table.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { CommandBody } from '../../../src/runtime/index.ts'
import { exampleOf, operationsOf, urlOf } from './example.ts'
import type { Body, Rig } from './rig.ts'
import { own, secretOf, startWorld } from './world.ts'

interface Remedy {
  readonly kind: string
  readonly text: string
  readonly request?: Readonly<Record<string, unknown>>
  readonly commands: readonly Body[]
  readonly operations: readonly ({ readonly method: string; readonly path: string; readonly body?: unknown } | null)[]
}

const team = (id: string) => ({ type: 'team', id }) as const
const user = (id: string) => ({ type: 'user', id }) as const
const openai = (model: string) => ({ providerAccount: 'openai', model })

/** Denied requests, and the command that makes the world deny them. */
const denied: readonly (readonly [reason: string, body: Readonly<Record<string, unknown>>, before?: CommandBody])[] = [
  ['model_not_granted', { principal: user('bob'), model: 'fast' }],
  ['model_not_granted', { principal: { type: 'virtualAccount', id: own('robot') }, model: 'fast' }],
  ['model_not_granted', { principal: team('globex-dev'), model: 'fast' }],
  ['model_restricted', { principal: team(own('dev')), model: 'smart' }],
  ['model_unknown', { principal: team(own('dev')), model: 'fats' }],
  ['model_unknown', { principal: team(own('dev')), model: 'openai/gpt-9' }],
  [
    'model_unavailable',
    { principal: team(own('dev')), model: 'fast' },
    { type: 'SuspendModel', ...openai('gpt-5-mini') },
  ],
  ['principal_unknown', { principal: user('nobody'), model: 'fast' }],
  ['principal_suspended', { principal: team(own('dev')), model: 'fast' }, { type: 'SuspendTeam', team: own('dev') }],
  [
    'organization_suspended',
    { principal: team(own('dev')), model: 'fast' },
    { type: 'SuspendOrganization', organization: own('acme') },
  ],
  ['team_not_member', { principal: user('bob'), model: 'fast', team_id: own('dev') }],
]

async function explain({ call }: Rig, body: unknown): Promise<Body & { readonly remedies: readonly Remedy[] }> {
  const answer = await call('POST', '/explain', body)
  expect({ status: answer.status, error: answer.body.error }).toEqual({ status: 200, error: undefined })
  return answer.body as Body & { readonly remedies: readonly Remedy[] }
}

async function start(before: CommandBody | undefined): Promise<Rig> {
  const rig = await startWorld()
  if (before !== undefined) await rig.enact(before)
  return rig
}

const world = await startWorld(afterAll)
const documented = operationsOf(world.api)

describe.each(denied.map(([reason, body, before]) => ({ reason, body, before })))(
  '$reason: every remedy of $body',
  ({ reason, body, before }) => {
    test('sent as its operations allows the request; sent as its commands is accepted by a preview', async () => {
      const rig = await start(before)
      const answer = await explain(rig, body)
      const { effect, remedies, text } = answer
      expect({ effect, reason: (answer['decision'] as Body)['reason'] }).toEqual({ effect: 'deny', reason })
      expect(remedies.length).toBeGreaterThan(0)
      for (const remedy of remedies) {
        expect(text).toContain(remedy.text)
        const preview = await rig.call('POST', '/preview', { commands: remedy.commands })
        expect(preview.body).toMatchObject({ accepted: true })
        const fresh = await start(before)
        for (const operation of remedy.operations) {
          const { method = '', path = '', body: sent } = operation ?? {}
          const answer = await fresh.call(method, path.replace(/^\/api/, ''), sent)
          expect({ path, status: answer.status, error: answer.body.error }).toEqual({
            path,
            status: 200,
            error: undefined,
          })
        }
        await fresh.engine.booked()
        const after = await explain(fresh, { ...body, ...remedy.request })
        expect({ remedy, effect: after['effect'] }).toEqual({ remedy, effect: 'allow' })
      }
    })
  },
)

test('another caller than an administrator gets no remedies', async () => {
  const { status, body } = await world.as(secretOf('alice'))('POST', '/explain', {
    ...{ principal: team(own('dev')), model: 'smart' },
  })
  expect(status).toBe(200)
  expect(Object.keys(body).sort()).toEqual(['effect', 'text'])
})

test('an allowed request has no remedies', async () => {
  const answer = await explain(world, { principal: team(own('dev')), model: 'fast' })
  expect(answer).toMatchObject({ effect: 'allow', remedies: [] })
})

test('a decision that is found again has its remedies', async () => {
  const rig = await startWorld()
  const refused = await rig.engine.admit({ credential: own('key'), model: 'smart', operation: 'chat', estimate: 1n })
  const id = 'id' in refused ? refused.id : ''
  await expect.poll(async () => (await rig.call('GET', `/decisions/${id}`)).status).toBe(200)
  const { body } = await rig.call('GET', `/decisions/${id}`)
  expect(body['remedies']).toMatchObject([
    {
      kind: 'change',
      commands: [{ type: 'DeleteRestriction', restriction_id: own('ban') }],
      operations: [{ method: 'DELETE', path: `/api/restrictions/${own('ban')}` }],
    },
  ])
})

/** The commands that a request gives. */
function commandsOf(method: string, url: string, body: unknown): readonly Command[] {
  const { pathname, searchParams: query } = new URL(url, 'http://gateway')
  const found = findOperation(method, pathname)
  if (!('operation' in found) || found.operation.kind !== 'command') return []
  const { params, operation } = found
  return world.engine.read((state) => {
    const call = { body: body ?? {}, params, query, at, state, param: (name: string) => params[name] }
    const bodies = operation.commands(call as unknown as AdminCall)
    return bodies.map((one) => ({ ...one, actor: { type: 'system' }, at }) as Command)
  }) as readonly Command[]
}

const at = Date.now()
const given = documented.flatMap((operation) =>
  commandsOf(operation.method, urlOf(operation), exampleOf(operation).body),
)

test.each(given.map((command): [string, Command] => [command.type, command]))(
  'the request of a command gives exactly this command: %s',
  (_, command) => {
    const request = requestOf(command, '')
    if (request === undefined) return
    expect(commandsOf(request.method, request.path, request.body)).toEqual([command])
  },
)

test('a command has no request if its operation reads other fields, or gives it with others', () => {
  const without = given.filter((command) => requestOf(command, '') === undefined).map(({ type }) => type)
  const expected = [
    'AllocateCredits',
    'CreateAccessGroup',
    'CreateTeam',
    'SetAccessGroups',
    'SetTeamPlan',
    'UpdateTeam',
  ]
  expect([...new Set(without)].sort()).toEqual(expected)
})

test('an id that no path can have gives no request', () => {
  const activate = (team: string) => requestOf({ type: 'ActivateTeam', team, actor: { type: 'system' }, at }, '/api')
  expect(activate('a/b')).toEqual({ method: 'POST', path: '/api/teams/a%2Fb/activate', body: {} })
  expect([activate('.'), activate('..')]).toEqual([undefined, undefined])
})
