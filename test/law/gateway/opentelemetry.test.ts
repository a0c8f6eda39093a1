import { expect, test } from 'vitest'
import { createMemoryClock } from '../../../src/adapter/memory/index.ts'
import { instrument } from '../../../src/gateway/opentelemetry/index.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { Admission, NotAdmitted } from '../../../src/runtime/index.ts'
import { call, found, until } from '../runtime/gateway.ts'
import { createRecordingApi, type Measurement } from './recording-api.ts'

const noon = Date.parse('2026-03-02T12:00:00Z')

function admitted(result: Admission | NotAdmitted): Admission {
  if (!result.admitted) throw new Error(result.reason)
  return result
}

/** The measurements of an instrument. */
const of = (measurements: readonly Measurement[], name: string) =>
  measurements.filter(({ instrument: each }) => each === name)

test('a settled call is a client span with the names of the GenAI conventions, below the active span', async () => {
  const clock = createMemoryClock(noon)
  const { engine } = await found({ clock, maxStaleness: 86_400_000 })
  const { api, spans, storage } = createRecordingApi()
  const stop = instrument(engine, api, { providerOf: (account) => `${account}.example` })
  const admission = await storage.run('parent', async () => admitted(await engine.admit(call)))
  clock.advance(2_000)
  await admission.settle(credit('0.25'), { units: { input: 12, output: 450 } })
  await until(() => spans.length === 1)
  const [span] = spans
  expect(span).toMatchObject({ name: 'chat fast', kind: 2, context: 'parent', endTime: noon + 2_000 })
  expect(span?.startTime).toBeLessThanOrEqual(noon)
  expect(span?.status).toBeUndefined()
  expect(span?.attributes).toEqual({
    ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': 'fast', 'gen_ai.provider.name': 'openai.example' },
    ...{ 'gen_ai.usage.input_tokens': 12, 'gen_ai.usage.output_tokens': 450 },
    ...{ 'portcullis.decision.id': admission.id, 'portcullis.decision.outcome': 'allowed' },
    ...{ 'portcullis.principal.type': 'team', 'portcullis.principal.id': 'dev', 'portcullis.team.id': 'dev' },
    ...{ 'portcullis.credential.id': 'key', 'portcullis.organization.id': 'acme' },
    ...{ 'portcullis.policy.version': engine.status().version, 'portcullis.provider_account.id': 'openai' },
    ...{ 'portcullis.route.model': 'gpt-5', 'portcullis.ending': 'settled', 'portcullis.cost': '0.25' },
  })
  stop()
  await admitted(await engine.admit(call)).release()
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect(spans).toHaveLength(1)
})

test('a call that is not admitted is a failed span, and its reason the type of the error', async () => {
  const { engine } = await found()
  const { api, spans } = createRecordingApi()
  instrument(engine, api)
  await engine.admit({ ...call, token: 'another' })
  await engine.admit({ ...call, operation: 'responses', estimate: credit('11') })
  await engine.admit(undefined as never)
  await until(() => spans.length === 3)
  expect(spans.map(({ name, status, attributes }) => [name, status, attributes['error.type']])).toEqual([
    ['chat fast', { code: 2, message: 'credential_unknown' }, 'credential_unknown'],
    ['chat fast', { code: 2, message: 'credits_insufficient' }, 'credits_insufficient'],
    ['call', { code: 2, message: 'request_invalid' }, 'request_invalid'],
  ])
})

test('metrics have units and no ids of callers, and names of models only if they exist', async () => {
  const { engine } = await found()
  const { api, spans, measurements, units } = createRecordingApi()
  instrument(engine, api)
  await admitted(await engine.admit(call)).settle(credit('0.25'), { units: { input: 12, output: 450 } })
  await admitted(await engine.admit(call)).release()
  await engine.admit({ ...call, model: 'made up' })
  engine.authorize({ type: 'use', who: { type: 'team', id: 'dev' }, model: 'fast' })
  await until(() => spans.length === 3 && of(measurements, 'portcullis.decisions').length === 4)
  expect(units).toEqual({
    'gen_ai.client.operation.duration': 's',
    'gen_ai.client.token.usage': '{token}',
    'portcullis.cost': '{credit}',
    'portcullis.decision.duration': 's',
    'portcullis.decisions': '{decision}',
  })
  const measured = {
    ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'fast' },
  }
  expect(of(measurements, 'gen_ai.client.token.usage').map(({ value, attributes }) => [value, attributes])).toEqual([
    [12, { ...measured, 'gen_ai.token.type': 'input' }],
    [450, { ...measured, 'gen_ai.token.type': 'output' }],
  ])
  expect(of(measurements, 'portcullis.cost')).toMatchObject([{ value: 0.25, attributes: measured }])
  expect(of(measurements, 'gen_ai.client.operation.duration')).toMatchObject(Array(2).fill({ attributes: measured }))
  expect(of(measurements, 'portcullis.decisions').map(({ attributes }) => Object.values(attributes))).toEqual([
    ['admit', 'allowed'],
    ['admit', 'allowed'],
    ['admit', 'denied', 'model_unknown'],
    ['authorize', 'allowed'],
  ])
  expect(JSON.stringify(measurements)).not.toMatch(/made up|"dev"|"key"|"acme"/)
})

test('an API that throws harms no call', async () => {
  const gateway = await found()
  const { api, measurements } = createRecordingApi()
  instrument(gateway.engine, {
    ...api,
    context: { active: () => JSON.parse('{') },
    trace: {
      getTracer: () => ({
        startSpan: () => {
          throw new Error('no exporter')
        },
      }),
    },
  })
  await admitted(await gateway.engine.admit(call)).settle(1n)
  await until(() => gateway.notices.length > 0)
  expect(gateway.notices).toEqual([{ type: 'listener_failed', message: 'no exporter' }])
  expect(of(measurements, 'portcullis.decisions')).toHaveLength(1)
})

test('dropped events are counted', async () => {
  const { engine } = await found()
  const { api, measurements } = createRecordingApi()
  instrument(engine, api, { limit: 1 })
  await Promise.all([engine.admit(call), engine.admit(call), engine.admit(call)])
  await until(() => of(measurements, 'portcullis.events.dropped').length > 0)
  const dropped = of(measurements, 'portcullis.events.dropped').reduce((sum, { value }) => sum + value, 0)
  expect(dropped + of(measurements, 'portcullis.decisions').length).toBe(3)
})
