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
