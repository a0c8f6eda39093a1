import { afterEach, expect, test } from 'vitest'
import { createMemoryClock } from '../../../src/adapter/memory/index.ts'
import { instrument } from '../../../src/gateway/opentelemetry/index.ts'
import { credit } from '../../../src/model/value/credit.ts'
import type { Admission, NotAdmitted } from '../../../src/runtime/index.ts'
import { call, found, until } from '../runtime/gateway.ts'
import { type Metrics, startSdk, stopSdk } from './sdk.ts'

const noon = Date.parse('2026-03-02T12:00:00Z')

function admitted(result: Admission | NotAdmitted): Admission {
  if (!result.admitted) throw new Error(result.reason)
  return result
}

const millisecondsOf = ([seconds, nanoseconds]: readonly [number, number]) => seconds * 1_000 + nanoseconds / 1_000_000

/** The sum of all points of a metric. */
const totalOf = (metrics: Metrics, name: string) =>
  metrics[name]?.points.reduce((total, { sum }) => total + sum, 0) ?? 0

afterEach(stopSdk)

test('a settled call is a client span with the names of the GenAI conventions, below the active span', async () => {
  const clock = createMemoryClock(noon)
  const { engine } = await found({ clock, maxStaleness: 86_400_000 })
  const { api, spans } = startSdk()
  const stop = instrument(engine, api, { providerOf: (account) => `${account}.example` })
  const tracer = api.trace.getTracer('host')
  const admission = await tracer.startActiveSpan('POST /v1/chat/completions', async (parent) => {
    const result = admitted(await engine.admit(call))
    parent.end()
    return result
  })
  clock.advance(2_000)
  await tracer.startActiveSpan('another', async () => {
    await admission.settle(credit('0.25'), { units: { input: 12, output: 450 } })
  })
  await until(() => spans.length === 2)
  const [parent, span] = spans
  if (parent === undefined || span === undefined) throw new Error('no span')
  expect(span).toMatchObject({ name: 'chat fast', kind: api.SpanKind.CLIENT, status: { code: 0 } })
  expect(span.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
  expect(span.spanContext().traceId).toBe(parent.spanContext().traceId)
  expect(span.instrumentationScope.name).toBe('portcullis')
  expect(millisecondsOf(span.endTime)).toBe(noon + 2_000)
  expect(millisecondsOf(span.startTime)).toBeLessThanOrEqual(noon)
  expect(span.attributes).toEqual({
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
  expect(spans).toHaveLength(2)
})

test('a call that is not admitted is a failed span, and its reason the type of the error', async () => {
  const { engine } = await found()
  const { api, spans } = startSdk()
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

test('a call that ended just before the end of the instrumentation has its span', async () => {
  const { engine } = await found()
  const { api, spans } = startSdk()
  const stop = instrument(engine, api, { providerOf: () => undefined })
  await admitted(await engine.admit(call)).settle(credit('0.25'), { units: { input: 12 } })
  stop()
  expect(spans.map(({ name, attributes }) => [name, attributes['gen_ai.provider.name']])).toEqual([
    ['chat fast', 'openai'],
  ])
})

test('metrics have units and no ids of callers, and names of models only if they exist', async () => {
  const { engine } = await found()
  const { api, spans, readMetrics } = startSdk()
  instrument(engine, api)
  await admitted(await engine.admit(call)).settle(credit('0.25'), { units: { input: 12, output: 450 } })
  await admitted(await engine.admit(call)).release()
  await engine.admit({ ...call, model: 'made up' })
  engine.authorize({ type: 'use', who: { type: 'team', id: 'dev' }, model: 'fast' })
  await until(() => spans.length === 3)
  const metrics = await readMetrics()
  expect(Object.fromEntries(Object.entries(metrics).map(([name, { unit }]) => [name, unit]))).toEqual({
    'gen_ai.client.operation.duration': 's',
    'gen_ai.client.token.usage': '{token}',
    'portcullis.cost': '{credit}',
    'portcullis.decision.duration': 's',
    'portcullis.decisions': '{decision}',
  })
  const measured = {
    ...{ 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai', 'gen_ai.request.model': 'fast' },
  }
  const boundaries = Array.from({ length: 14 }, (_, power) => 4 ** power)
  expect(metrics['gen_ai.client.token.usage']?.points).toEqual([
    { attributes: { ...measured, 'gen_ai.token.type': 'input' }, count: 1, sum: 12, boundaries },
    { attributes: { ...measured, 'gen_ai.token.type': 'output' }, count: 1, sum: 450, boundaries },
  ])
  expect(metrics['portcullis.cost']?.points).toEqual([{ attributes: measured, sum: 0.25 }])
  expect(metrics['gen_ai.client.operation.duration']?.points).toMatchObject([{ attributes: measured, count: 2 }])
  const decisions = metrics['portcullis.decisions']?.points
  expect(decisions?.map(({ attributes, sum }) => [...Object.values(attributes), sum])).toEqual([
    ['admit', 'allowed', 2],
    ['admit', 'denied', 'model_unknown', 1],
    ['authorize', 'allowed', 1],
  ])
  expect(JSON.stringify(metrics)).not.toMatch(/made up|"dev"|"key"|"acme"/)
})

test('an API that throws harms no call', async () => {
  const gateway = await found()
  const { api, readMetrics } = startSdk()
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
  expect(totalOf(await readMetrics(), 'portcullis.decisions')).toBe(1)
})

test('dropped events are counted', async () => {
  const { engine } = await found()
  const { api, readMetrics } = startSdk()
  instrument(engine, api, { limit: 1 })
  await Promise.all([engine.admit(call), engine.admit(call), engine.admit(call)])
  await new Promise((resolve) => setTimeout(resolve, 50))
  const metrics = await readMetrics()
  const dropped = totalOf(metrics, 'portcullis.events.dropped')
  expect(dropped).toBeGreaterThan(0)
  expect(dropped + totalOf(metrics, 'portcullis.decisions')).toBe(3)
})

test('without a registered SDK, the API does nothing and no call fails', async () => {
  const { engine, notices } = await found()
  const { api, spans } = startSdk()
  stopSdk()
  instrument(engine, api)
  await admitted(await engine.admit(call)).settle(credit('0.25'))
  await new Promise((resolve) => setTimeout(resolve, 20))
  expect([spans, notices]).toEqual([[], []])
})
