import { describe, expect, test } from 'vitest'
import { Event } from '../../src/change/message/event.ts'
import { parseCommand } from '../../src/change/message/parse-command.ts'
import { fromSnapshot } from '../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../src/model/snapshot/to-snapshot.ts'
import type { State } from '../../src/model/state/state.ts'
import { firstInstant, Instant, lastInstant } from '../../src/model/value/instant.ts'
import { authorize } from '../../src/policy/authorize.ts'
import { parseRequest } from '../../src/policy/request/parse-request.ts'
import {
  accessGraph,
  accessMatrix,
  describeGroup,
  describeTeam,
  diffAccess,
  explain,
  lint,
  listGroups,
  listModels,
  preview,
  type QueryFailure,
  whoCanUse,
  whoCanUsePage,
} from '../../src/query/index.ts'
import { arbitraryState } from '../../src/testing/index.ts'
import { applyAnything } from './command.ts'
import { everyCommand } from './document/every-command.ts'
import { instantsIn, units, withLeaf } from './instants.ts'
import { sampleOf } from './runs.ts'
import { asRequest, holding, memberOf, world } from './world.ts'

const at = 1_700_000_000_000
const state = world({
  modelAliases: [{ id: 'gpt-4' }],
  accessGroups: [{ id: 'gpt-models' }],
  teams: [{ id: 'dev', ...holding(['gpt-models']) }],
  users: [{ id: 'ann', ...memberOf('dev') }],
})
const ann = { type: 'user', id: 'ann' } as const

test('an instant is an integer from 10^11 to 10^14', () => {
  const accepted = [firstInstant, firstInstant + 1, at, lastInstant - 1, lastInstant]
  expect(accepted).toEqual([1e11, 1e11 + 1, at, 1e14 - 1, 1e14])
  expect(accepted.filter((one) => !Instant.safeParse(one).success)).toEqual([])
  const refused = [firstInstant - 1, lastInstant + 1, at + 0.5, 0, -0, -1, -at, 1e300, 1.7e18, `${at}`, BigInt(at)]
  const others = [new Date(at), Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, null, undefined]
  expect([...refused, ...others].filter((one) => Instant.safeParse(one).success)).toEqual([])
})

describe.each(units)('an instant in %s is refused', (_, convert, message) => {
  test('in a use request and in a manage request', () => {
    const use = { type: 'use', who: ann, model: 'gpt-4', at: convert(at) }
    const manage = { type: 'manage', who: ann, thing: { type: 'platform' }, at: convert(at) }
    for (const request of [use, manage]) {
      expect(parseRequest(request)).toMatchObject({
        ok: false,
        issues: [{ path: ['at'], message: expect.stringMatching(message) }],
      })
      expect(authorize(asRequest(request), state)).toMatchObject({ effect: 'deny', reason: 'request_invalid' })
      expect(explain(asRequest(request), state).decision).toMatchObject({ reason: 'request_invalid' })
    }
  })

  test.each(everyCommand)('in every field of the command $type', ({ sample }) => {
    const fields = [...instantsIn(sample)]
    expect(fields.map(([path]) => path)).toContainEqual(['at'])
    for (const [path, instant] of fields) {
      const command = withLeaf(sample, path, convert(instant))
      expect(applyAnything(command, state)).toMatchObject({
        rejection: { code: 'command_invalid', path, message: expect.stringMatching(message) },
      })
    }
  })

  test('in every row of a snapshot', () => {
    const met = new Set<string>()
    for (const sample of sampleOf(arbitraryState, 60)) {
      const snapshot: unknown = JSON.parse(JSON.stringify(toSnapshot(sample)))
      expect(fromSnapshot(snapshot).ok).toBe(true)
      for (const [path, instant] of instantsIn(snapshot)) {
        const name = path.filter((step) => typeof step === 'string').join('.')
        // The bounds are a factor of 1,000 apart, so the first instant in microseconds is the last one.
        if (met.has(name) || instant === firstInstant || instant === lastInstant) continue
        met.add(name)
        const restored = fromSnapshot(withLeaf(snapshot, path, convert(instant)))
        const faults = restored.ok ? [] : restored.faults
        expect([path, faults.map((fault) => fault.message)]).toEqual([path, [expect.stringMatching(message)]])
      }
    }
    const places = [...met].map((name) => name.split('.').at(-1))
    expect(new Set(places)).toEqual(new Set(['at', 'createdAt', 'startsAt', 'expiresAt', 'revokedAt', 'sunsetAt']))
    expect(met.size).toBeGreaterThan(25)
  })

  const queries: Readonly<Record<string, (options: { readonly at: number }, of: State) => unknown>> = {
    accessGraph: (options, of) => accessGraph(ann, 'gpt-4', of, options),
    accessMatrix: (options, of) => accessMatrix(of, options),
    describeGroup: (options, of) => describeGroup('gpt-models', of, options),
    describeTeam: (options, of) => describeTeam('dev', of, options),
    diffAccess: (options, of) => diffAccess(of, of, options),
    lint: (options, of) => lint(of, options),
    listGroups: (options, of) => listGroups(of, options),
    listModels: (options, of) => listModels(ann, of, options),
    preview: (options, of) => preview([], of, options),
    whoCanUse: (options, of) => whoCanUse('gpt-4', of, options),
    whoCanUsePage: (options, of) => whoCanUsePage('gpt-4', of, options),
  }
  test.each(Object.entries(queries))('in the options of `%s`', (_name, ask) => {
    for (const bound of [firstInstant, lastInstant])
      expect((ask({ at: bound }, state) as { ok: boolean }).ok).toBe(true)
    const { ok, fault } = ask({ at: convert(at) }, state) as QueryFailure
    expect([ok, fault.code, fault.path.at(-1)]).toEqual([false, 'query_invalid', 'at'])
    expect(fault.message).toMatch(message)
  })

  test('in a usage log', () => {
    const usage = {
      since: at,
      entries: [{ who: ann, model: 'gpt-4', at, effect: 'allow' }],
      manages: [{ who: ann, providerAccount: 'openai', at }],
    } as const
    expect(lint(state, { at, usage }).ok).toBe(true)
    for (const [path, instant] of instantsIn(usage)) {
      const damaged = withLeaf(usage, path, convert(instant)) as typeof usage
      expect(lint(state, { at, usage: damaged })).toMatchObject({
        ok: false,
        fault: { message: expect.stringMatching(message) },
      })
    }
  })
})

describe('the first and the last instant are accepted', () => {
  test('in requests', () => {
    for (const bound of [firstInstant, lastInstant]) {
      expect(parseRequest({ type: 'use', who: ann, model: 'gpt-4', at: bound }).ok).toBe(true)
      expect(parseRequest({ type: 'manage', who: ann, thing: { type: 'platform' }, at: bound }).ok).toBe(true)
    }
  })

  test.each(everyCommand)('in every field of the command $type', ({ sample }) => {
    for (const [path] of instantsIn(sample)) {
      const bound = path.at(-1) === 'expiresAt' ? lastInstant : firstInstant
      expect(parseCommand(withLeaf(sample, path, bound)).ok).toBe(true)
      if (path.length === 1 && path[0] === 'at') expect(parseCommand(withLeaf(sample, path, lastInstant)).ok).toBe(true)
    }
  })

  test('in the schemas of events, which refuse the instants next to them', () => {
    for (const { options } of [Event]) {
      for (const { shape } of options) {
        const { at: schema } = shape
        const accepted = [firstInstant, lastInstant].map((bound) => schema.safeParse(bound).success)
        const refused = [firstInstant - 1, lastInstant + 1].map((bound) => schema.safeParse(bound).success)
        expect([accepted, refused]).toEqual([
          [true, true],
          [false, false],
        ])
      }
    }
  })
})
