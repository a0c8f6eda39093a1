import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { findDestination } from '../../../src/gateway/call/endpoint.ts'
import { type ModelCall, readModelCall } from '../../../src/gateway/call/model-call.ts'
import { upstreamBody } from '../../../src/gateway/call/upstream-body.ts'
import { estimateCall } from '../../../src/gateway/estimate.ts'
import { checkGuardOptions } from '../../../src/gateway/guard-options.ts'
import { tokensWithin } from '../../../src/gateway/lowered-tokens.ts'
import { tablePricer } from '../../../src/gateway/price/table-pricer.ts'
import type { UseAllowed } from '../../../src/policy/decision/decision.ts'
import type { Admission } from '../../../src/runtime/index.ts'

const pricer = tablePricer({
  'a/small': { input: '0.5', output: '2', cachedInput: '0.05', contextWindow: 16_000, maxOutput: 4_000 },
  'a/large': { input: '3', output: '15', cacheWrite: '3.75', cacheWriteHour: '6', contextWindow: 200_000 },
  'b/request': { input: '1', output: '1', request: '0.012' },
})
const routes = ['a/small', 'a/large', 'b/request'].map((name) => {
  const [providerAccount = '', model = ''] = name.split('/')
  return { providerAccount, model }
})

/** The parts of a decision that an estimate reads. */
const decisionWith = (count: number) =>
  ({ routes: routes.slice(0, count), payer: { type: 'wallet' } }) as unknown as UseAllowed

const chats = fc
  .record({
    text: fc.string({ maxLength: 3_000 }),
    path: fc.constantFrom('/v1/chat/completions', '/v1/responses', '/v1/messages'),
    bound: fc.option(fc.integer({ min: 0, max: 300_000 }), { nil: undefined }),
    n: fc.integer({ min: 1, max: 5 }),
    caches: fc.boolean(),
  })
  .map(({ text, path, bound, n, caches }): ModelCall => {
    const destination = findDestination('POST', path, new Headers())
    if (destination.type !== 'call') throw new Error(path)
    const [field = ''] = destination.endpoint.maxTokens
    const value = {
      model: 'm',
      messages: [{ role: 'user', content: text, ...(caches ? { cache_control: { type: 'ephemeral' } } : {}) }],
      ...(bound === undefined ? {} : { [field]: bound }),
      n,
    }
    const call = readModelCall(destination.endpoint, { type: 'json', size: JSON.stringify(value).length, value })
    if ('reason' in call) throw new Error(call.message)
    return call
  })

const options = fc
  .record({ maxTokens: fc.option(fc.integer({ min: 1, max: 50_000 }), { nil: undefined }), minTokens: fc.nat(500) })
  .map(({ maxTokens, minTokens }) => {
    const least = Math.min(minTokens + 1, maxTokens ?? Number.POSITIVE_INFINITY)
    return checkGuardOptions({ pricer, maxTokens, minTokens: least })
  })

test('an honest usage costs at most what was reserved, also with a lowered bound of the output', () => {
  let lowered = 0
  fc.assert(
    fc.property(
      ...[chats, options, fc.integer({ min: 1, max: 3 }), fc.double({ min: 0, max: 1, noNaN: true })],
      ...[fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true })],
      (call, checked, count, share, input, output) => {
        const { amounts, routes: priced } = estimateCall(call, decisionWith(count), Date.now(), checked)
        const { estimate, minEstimate = estimate } = amounts
        expect(minEstimate).toBeLessThanOrEqual(estimate)
        // The ledger reserves what is left, from `minEstimate` to the estimate.
        const amount = minEstimate + BigInt(Math.floor(share * Number(estimate - minEstimate)))
        const within = tokensWithin(call, priced, { hold: 'h', amount } as Admission, checked)
        expect(within.routes.length).toBeGreaterThan(0)
        if (within.lowered !== undefined) lowered += 1
        for (const { route, price, bound } of within.routes) {
          const asked = call.maxTokens ?? checked.maxTokens
          const most = within.lowered ?? Math.min(asked ?? Number.POSITIVE_INFINITY, bound.output / call.choices)
          const used = {
            input: Math.floor(input * bound.input),
            output: Math.floor(output * most) * call.choices,
            ...(call.hasCacheWrite && route.model === 'large' ? { cacheWrite: Math.floor(input * bound.input) } : {}),
          }
          expect(price?.costOf(used)).toBeLessThanOrEqual(amount)
          if (within.lowered === undefined) continue
          expect(within.lowered).toBeGreaterThanOrEqual(Math.min(checked.minTokens, bound.output / call.choices))
          const change = { model: 'm', maxTokens: within.lowered, maxTokensField: call.endpoint.maxTokens[0] }
          const sent = JSON.parse(upstreamBody(call, { ...change, includeUsage: false }) as string)
          for (const field of call.maxTokensFields) expect(sent[field]).toBeLessThanOrEqual(within.lowered)
        }
      },
    ),
    { numRuns: 1_000 },
  )
  expect(lowered).toBeGreaterThan(100)
})

describe('input that the size of a body does not bound', () => {
  const read = (path: string, body: object): ModelCall => {
    const destination = findDestination('POST', path, new Headers())
    if (destination.type !== 'call') throw new Error(path)
    const call = readModelCall(destination.endpoint, { type: 'json', size: 100, value: { model: 'm', ...body } })
    if ('reason' in call) throw new Error(call.message)
    return call
  }
  const user = (content: unknown) => ({ messages: [{ role: 'user', content }] })
  const part = { type: 'hologram', hologram: { id: 'h' } }

  test.each([
    ['/v1/chat/completions', user([{ type: 'text', text: 'hi' }, part])],
    ['/v1/chat/completions', user(part)],
    ['/v1/messages', user([{ type: 'tool_result', tool_use_id: 't', content: [part] }])],
    ['/v1/messages', { ...user('hi'), system: [part] }],
    ['/v1/responses', { input: [part] }],
    ['/v1/responses', { input: [{ role: 'user', content: [part] }] }],
    ['/v1/responses', { input: [{ type: 'function_call_output', call_id: 'c', output: [part] }] }],
    ['/v1/responses', { input: [{ type: 'computer_call_output', output: { type: 'computer_screenshot' } }] }],
    ['/v1/responses', { input: [{ type: 7 }] }],
  ])('is a part of an unknown type, as in the body for `%s` %j', (path, body) => {
    expect(read(path, body).hasUnseenInput).toBe(true)
  })

  const schema = { type: 'object', properties: { content: { type: 'string' }, messages: { type: 'array' } } }
  test.each([
    [
      '/v1/chat/completions',
      { ...user('hi'), tools: [{ type: 'function', function: { name: 'f', parameters: schema } }] },
    ],
    ['/v1/chat/completions', { ...user('hi'), response_format: { type: 'json_schema', json_schema: { schema } } }],
    [
      '/v1/chat/completions',
      user([
        { type: 'text', text: 'hi' },
        { type: 'image_url', image_url: { url: 'data:' } },
      ]),
    ],
    ['/v1/chat/completions', { messages: [{ role: 'assistant', content: null, tool_calls: [{ type: 'function' }] }] }],
    [
      '/v1/messages',
      { ...user('hi'), thinking: { type: 'enabled', budget_tokens: 1_024 }, tool_choice: { type: 'auto' } },
    ],
    ['/v1/messages', user([{ type: 'tool_use', id: 't', name: 'f', input: { type: 'hologram', content: [part] } }])],
    [
      '/v1/messages',
      user([
        { type: 'thinking', thinking: 'a' },
        { type: 'tool_result', content: 'b' },
      ]),
    ],
    ['/v1/responses', { input: [{ type: 'message', content: [{ type: 'input_text', text: 'hi' }] }] }],
    [
      '/v1/responses',
      {
        input: [
          { type: 'reasoning', summary: [] },
          { type: 'function_call', arguments: '{}' },
        ],
      },
    ],
    ['/v1/embeddings', { input: ['a', 'b'] }],
  ])('is not in a schema, nor in the known parts of the body for `%s` %j', (path, body) => {
    expect(read(path, body).hasUnseenInput).toBe(false)
  })
})

test('a least output above the most that the guard sets is refused, and the default gives way', () => {
  const message = '`minTokens` must be at most `maxTokens`, 100, not 101'
  expect(() => checkGuardOptions({ minTokens: 101, maxTokens: 100 })).toThrow(new RangeError(message))
  expect(checkGuardOptions({ maxTokens: 100 }).minTokens).toBe(100)
  expect(checkGuardOptions({ minTokens: 100, maxTokens: 100 }).minTokens).toBe(100)
})
