import fc from 'fast-check'
import { afterEach, describe, expect, test } from 'vitest'
import { apply } from '../../../../src/change/apply.ts'
import type { Command } from '../../../../src/change/message/command.ts'
import { parseCommand } from '../../../../src/change/message/parse-command.ts'
import { fromSnapshot } from '../../../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../../../src/model/snapshot/to-snapshot.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { Request } from '../../../../src/policy/request/request.ts'
import { arbitraryCommand } from '../../../../src/testing/arbitrary/command.ts'
import { arbitraryRequest } from '../../../../src/testing/arbitrary/request.ts'
import { arbitraryState } from '../../../../src/testing/arbitrary/state.ts'
import { runs } from '../../runs.ts'
import { alias, by, digest, now, office, outcome, type Step, stateAfter, team, user } from '../story.ts'

const polluted = new Set<string>()

/** Runs a function while `Object.prototype` has a field, which for-in loops list or not. */
function withPollution<T>(key: string, value: unknown, isListed: boolean, run: () => T): T {
  polluted.add(key)
  Object.defineProperty(Object.prototype, key, { value, configurable: true, enumerable: isListed, writable: true })
  try {
    return run()
  } finally {
    Reflect.deleteProperty(Object.prototype, key)
  }
}

afterEach(() => {
  for (const key of polluted) Reflect.deleteProperty(Object.prototype, key)
})

const system = { type: 'system' }
const fields: readonly (readonly [string, unknown])[] = [
  ['actor', system],
  ['at', now],
  ['type', 'CreateUser'],
  ['id', 'root'],
  ['team', 'dev'],
  ['who', user('mia')],
  ['model', 'gpt-4'],
  ['metered', true],
  ['cascade', true],
  ['expiresAt', now + 1000],
  ['scope', { type: 'all' }],
  ['operation', 'chat'],
  ['operations', { type: 'all' }],
  ['credits', { available: '5' }],
  ['estimate', '7'],
]

describe('with a polluted `Object.prototype`', () => {
  test.each([true, false])('a command without an actor is rejected, listed by for-in: %s', (isListed) => {
    const body = { type: 'CreateUser', at: now, user: 'new' }
    const rejected = withPollution('actor', system, isListed, () => apply(body as Command, office))
    expect(rejected).toMatchObject({ ok: false, rejection: { code: 'command_invalid', path: ['actor'] } })
    const nested = { ...body, actor: { type: 'user' } }
    const unnamed = withPollution('id', 'root', isListed, () => apply(nested as unknown as Command, office))
    expect(unnamed).toMatchObject({ ok: false, rejection: { code: 'command_invalid' } })
  })

  test('a command or request that inherits a field from another object is rejected', () => {
    const inherits = Object.create({ actor: system }, {}) as object
    const command = Object.assign(inherits, { type: 'CreateUser', at: now, user: 'new' })
    expect(apply(command as Command, office).ok).toBe(false)
    const who = Object.create({ id: 'mia' }, { type: { value: 'user', enumerable: true } }) as object
    const request = { type: 'use', who, model: 'gpt-4', at: now }
    expect(authorize(request as unknown as Request, office)).toMatchObject({ reason: 'request_invalid' })
  })

  test.each(fields)('`%s` changes nothing of a parsed command', (key, value) => {
    fc.assert(
      fc.property(arbitraryCommand, fc.boolean(), (command, isListed) => {
        const { [key as 'at']: _, ...rest } = command
        for (const given of [command, rest]) {
          const expected = parseCommand(given)
          const found = withPollution(key, value, isListed, () => parseCommand(given))
          expect(found).toEqual(expected)
          if (!found.ok || Object.hasOwn(given, key)) continue
          expect(withPollution(key, value, isListed, () => Reflect.get(found.command, key))).toBeUndefined()
        }
      }),
      runs(60),
    )
  })

  const ofRequests = fields.filter(([key]) => !['metered', 'cascade', 'expiresAt', 'scope', 'operations'].includes(key))
  test.each(ofRequests)('`%s` changes no decision, except to a refusal', (key, value) => {
    fc.assert(
      fc.property(
        arbitraryState.chain((state) => arbitraryRequest(state).map((request) => ({ state, request }))),
        fc.boolean(),
        ({ state, request }, isListed) => {
          const { [key as 'at']: _, ...rest } = request
          for (const given of [request, rest]) {
            const expected = authorize(given as Request, state)
            const found = withPollution(key, value, isListed, () => authorize(given as Request, state))
            // A field that for-in loops list is a field of every schema to zod, so a request may be refused for it.
            const isRefused = isListed && found.effect === 'deny' && found.reason === 'request_invalid'
            if (!isRefused) expect(found).toEqual(expected)
          }
        },
      ),
      runs(30),
    )
  })

  test.each([
    ['startsAt', now + 100],
    ['expiresAt', now - 100],
  ])('`%s` ends no restriction, in decisions and in commands', (key, value) => {
    const bound = stateAfter(
      office,
      { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('dev'), startsAt: now - 1, expiresAt: now + 1 },
      { type: 'CreateRestriction', restriction: 'no', subject: team('dev'), selector: alias('gpt-4') },
      { type: 'CreateRestriction', restriction: 'own', subject: user('olga'), selector: alias('gpt-4') },
    )
    const restored = fromSnapshot(JSON.parse(JSON.stringify(toSnapshot(bound))))
    if (!restored.ok) throw new Error('not restored')
    const issue: Step = { type: 'IssueCredential', credential: 'n', owner: team('dev'), digest: digest('e') }
    const ask = { type: 'use', who: team('dev'), model: 'gpt-4', at: now } as const
    for (const state of [bound, restored.state]) {
      const answers = withPollution(key, value, false, () => [
        authorize(ask, state),
        outcome(state, by(user('olga'), { type: 'DeleteTeam', team: 'dev' })),
        outcome(state, by(user('olga'), issue)),
      ])
      expect(answers).toMatchObject([{ reason: 'model_restricted' }, 'power_exceeded', 'power_exceeded'])
    }
  })
})
