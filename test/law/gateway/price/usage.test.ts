import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readUsage } from '../../../../src/gateway/price/usage.ts'

test('the cached input of OpenAI is a part of the input, and that of Anthropic is not', () => {
  const openai = { prompt_tokens: 100, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 7 } }
  expect(readUsage('chat', openai)).toEqual({ input: 100, cachedInput: 7, output: 5 })
  const anthropic = {
    input_tokens: 100,
    cache_read_input_tokens: 7,
    cache_creation_input_tokens: 9,
    cache_creation: { ephemeral_5m_input_tokens: 5, ephemeral_1h_input_tokens: 4 },
    output_tokens: 5,
  }
  expect(readUsage('messages', anthropic)).toEqual({
    input: 116,
    cachedInput: 7,
    cacheWrite: 9,
    cacheWriteHour: 4,
    output: 5,
  })
})

test('reasoning that is counted apart from the output is added to it', () => {
  const reported = { prompt_tokens: 32, completion_tokens: 9, completion_tokens_details: { reasoning_tokens: 400 } }
  expect(readUsage('chat', { ...reported, total_tokens: 441 })).toEqual({ input: 32, output: 409, reasoning: 400 })
  expect(readUsage('chat', { ...reported, total_tokens: 41 })).toBeUndefined()
})

test('any value is read without an exception', () => {
  fc.assert(
    fc.property(fc.constantFrom('chat', 'messages'), fc.anything(), (operation, value) => {
      readUsage(operation, value)
    }),
  )
})

test.each([
  [
    'responses',
    { input_tokens: 10, output_tokens: 4, output_tokens_details: { reasoning_tokens: 3 } },
    { input: 10, output: 4, reasoning: 3 },
  ],
  ['embeddings', { prompt_tokens: 8, total_tokens: 8 }, { input: 8 }],
  [
    'images',
    {
      input_tokens: 50,
      output_tokens: 4160,
      input_tokens_details: { text_tokens: 10, image_tokens: 40 },
      total_tokens: 4210,
    },
    { input: 50, inputImage: 40, output: 4160 },
  ],
  ['audio', { type: 'duration', seconds: 12.2 }, { audioSeconds: 13 }],
  [
    'audio',
    { type: 'tokens', input_tokens: 14, output_tokens: 45, input_token_details: { text_tokens: 0, audio_tokens: 14 } },
    { input: 14, inputAudio: 14, output: 45 },
  ],
  [
    'chat',
    { prompt_tokens: 20, completion_tokens: 2, prompt_cache_hit_tokens: 16, prompt_cache_miss_tokens: 4 },
    { input: 20, cachedInput: 16, output: 2 },
  ],
  [
    'messages',
    { input_tokens: 5, output_tokens: 6, server_tool_use: { web_search_requests: 2 } },
    { input: 5, output: 6, webSearches: 2 },
  ],
] as const)('the usage of %s in %j is %j', (operation, reported, usage) => {
  expect(readUsage(operation, reported)).toEqual(usage)
})

test.each([
  { prompt_tokens: -1, completion_tokens: 1 },
  { prompt_tokens: 1.5, completion_tokens: 1 },
  { prompt_tokens: '1', completion_tokens: 1 },
  { prompt_tokens: 2_000_000_000, completion_tokens: 1 },
  { prompt_tokens: 5, completion_tokens: 1, prompt_tokens_details: { cached_tokens: 6 } },
  { type: 'duration', seconds: -0.5 },
  { type: 'duration' },
  { input_tokens: null, output_tokens: null },
  {},
  null,
])('a usage of %j cannot be true', (reported) => {
  for (const operation of ['chat', 'responses', 'messages'] as const)
    expect(readUsage(operation, reported)).toBeUndefined()
})

test('a call of Anthropic that compacts its context uses the sum of its iterations', () => {
  const iterations = [
    { type: 'compaction', input_tokens: 180_000, output_tokens: 3_500 },
    { type: 'message', input_tokens: 23_000, output_tokens: 1_000 },
  ]
  const reported = { input_tokens: 23_000, output_tokens: 1_000, iterations }
  expect(readUsage('messages', reported)).toEqual({ input: 203_000, output: 4_500 })
})
