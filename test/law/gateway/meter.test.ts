import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventSplitter } from '../../../src/gateway/meter/sse.ts'
import { StreamMeter } from '../../../src/gateway/meter/stream-meter.ts'

const event = fc
  .array(fc.constantFrom('data: {"a":1}', 'event: x', ': comment', 'data:é', 'data: 😀', 'id: 1'), {
    minLength: 1,
    maxLength: 3,
  })
  .map((lines) => lines.join('\n'))

/** Splits bytes at the given places, and returns the events. */
function eventsOf(bytes: Uint8Array, cuts: readonly number[]): readonly string[] {
  const splitter = new EventSplitter()
  const places = [...new Set([0, ...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length])].sort((a, b) => a - b)
  const events = places.slice(1).flatMap((end, i) => splitter.push(bytes.subarray(places[i], end)))
  const last = splitter.end()
  return last === undefined ? events : [...events, last]
}

test('the events of a stream do not depend on how its bytes are split', () => {
  fc.assert(
    fc.property(
      fc.array(event, { maxLength: 6 }),
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat(), { maxLength: 60 }),
      fc.boolean(),
      (events, lineEnd, cuts, isEnded) => {
        const text = events.map((one) => `${one}\n\n`).join('')
        const sent = (isEnded ? text : text.trimEnd()).replaceAll('\n', lineEnd)
        expect(eventsOf(new TextEncoder().encode(sent), cuts)).toEqual(events)
      },
    ),
    { numRuns: 2_000 },
  )
})

test('a long event in many chunks takes time in proportion to its size', () => {
  const time = (size: number): number => {
    const splitter = new EventSplitter()
    const chunk = new Uint8Array(8_192).fill(97)
    const start = process.cpuUsage().user
    for (let i = 0; i < size / 8_192; i += 1) splitter.push(chunk)
    return process.cpuUsage().user - start
  }
  time(1_000_000)
  expect(time(8_000_000)).toBeLessThan(1_000_000)
})

test('a usage that a later event leaves out, or sets to nothing, stays', () => {
  const meter = new StreamMeter('claude', 'claude', false)
  const events = [
    { type: 'message_start', message: { usage: { input_tokens: 5_000, output_tokens: 1 } } },
    { type: 'message_delta', usage: { input_tokens: null, cache_read_input_tokens: 0, output_tokens: 7 } },
  ]
  for (const one of events) meter.rewrite(`event: ${one.type}\ndata: ${JSON.stringify(one)}`)
  expect(meter.usage).toMatchObject({ input_tokens: 5_000, output_tokens: 7 })
})

test.each([
  { choices: [{ delta: { tool_calls: [{ custom: { input: 'x'.repeat(400) } }] } }] },
  { type: 'response.custom_tool_call_input.delta', delta: 'x'.repeat(400) },
  { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'x'.repeat(400) } },
])('generated text in %j is counted', (body) => {
  const meter = new StreamMeter('m', 'm', false)
  meter.rewrite(`data: ${JSON.stringify(body)}`)
  expect(meter.delivered).toBe(100)
})

test.each([
  { error: { message: 'gpt-5-eu is overloaded' } },
  { type: 'response.failed', response: { model: 'gpt-5-eu', error: { message: 'gpt-5-eu failed' } } },
])('an error in %j names the model that was asked for', (body) => {
  const meter = new StreamMeter('fast', 'gpt-5-eu', false)
  expect(meter.rewrite(`data: ${JSON.stringify(body)}`)).not.toContain('gpt-5-eu')
  expect(meter.hasError).toBe(true)
})
