import type { Operation } from '../../model/value/operation.ts'
import type { CallUsage } from './pricer.ts'

type Fields = Readonly<Record<string, unknown>>

/** No call uses more of a unit: a larger number in a report is not credible. */
const largest = 1_000_000_000

/**
 * Reads the usage that a provider reported: of OpenAI's chat, responses, embeddings, images and audio, of Anthropic's
 * messages, and of the providers that follow them. Returns `undefined` for a report that cannot be true: with an amount that
 * is not an integer from 0 to 10^9, or with a part that exceeds its whole. Accepts any value.
 */
export function readUsage(operation: Operation, reported: unknown): CallUsage | undefined {
  try {
    if (!isFields(reported)) return undefined
    const usage = operation === 'messages' ? readAnthropic(reported) : readOpenAi(reported)
    if (usage === undefined || !Object.values(usage).every(isCount)) return undefined
    return isWhole(usage) ? usage : undefined
  } catch {
    return undefined
  }
}

/** Anthropic reports the usage of a call that compacts its context in iterations, of which the top has only the last. */
function readAnthropic(reported: Fields): CallUsage | undefined {
  const { iterations } = reported
  if (!Array.isArray(iterations) || iterations.length < 2) return readIteration(reported)
  const sum: Record<string, number> = {}
  for (const iteration of iterations) {
    const part = readIteration(fieldsOf(iteration))
    if (part === undefined) return undefined
    for (const [unit, amount] of Object.entries(part)) sum[unit] = (sum[unit] ?? 0) + amount
  }
  const { webSearches } = readIteration(reported) ?? {}
  return { ...sum, ...(webSearches === undefined ? {} : { webSearches }) }
}

/** Anthropic's `input_tokens` leaves out what is read from the cache or written to it. */
function readIteration(reported: Fields): CallUsage | undefined {
  const { input_tokens: fresh, output_tokens: output } = reported
  if (isAbsent(fresh) && isAbsent(output)) return undefined
  const cachedInput = countOf(reported['cache_read_input_tokens'])
  const cacheWrite = countOf(reported['cache_creation_input_tokens'])
  const { ephemeral_1h_input_tokens: hour } = fieldsOf(reported['cache_creation'])
  const { web_search_requests: searches } = fieldsOf(reported['server_tool_use'])
  return compact({
    input: countOf(fresh) + cachedInput + cacheWrite,
    cachedInput,
    cacheWrite,
    cacheWriteHour: countOf(hour),
    output: countOf(output),
    webSearches: countOf(searches),
  })
}

function readOpenAi(reported: Fields): CallUsage | undefined {
  const input = reported['prompt_tokens'] ?? reported['input_tokens']
  const output = reported['completion_tokens'] ?? reported['output_tokens']
  if (isAbsent(input) && isAbsent(output)) return readDuration(reported)
  const inputs = fieldsOf(
    reported['prompt_tokens_details'] ?? reported['input_tokens_details'] ?? reported['input_token_details'],
  )
  const outputs = fieldsOf(
    reported['completion_tokens_details'] ?? reported['output_tokens_details'] ?? reported['output_token_details'],
  )
  const cached = fieldsOf(inputs['cached_tokens_details'])
  const reasoning = countOf(outputs['reasoning_tokens'])
  return compact({
    input: countOf(input),
    cachedInput: countOf(inputs['cached_tokens'] ?? reported['prompt_cache_hit_tokens'] ?? reported['cached_tokens']),
    cacheWrite: countOf(inputs['cache_write_tokens']),
    inputAudio: countOf(inputs['audio_tokens']),
    cachedInputAudio: countOf(cached['audio_tokens']),
    inputImage: countOf(inputs['image_tokens']),
    cachedInputImage: countOf(cached['image_tokens']),
    output: isApart(reported, countOf(input), countOf(output), reasoning)
      ? countOf(output) + reasoning
      : countOf(output),
    outputAudio: countOf(outputs['audio_tokens']),
    outputImage: countOf(outputs['image_tokens']),
    reasoning,
  })
}

/** Whether a provider counts the reasoning apart from the output, as xAI does in chats: the total tells. */
function isApart({ total_tokens: total }: Fields, input: number, output: number, reasoning: number): boolean {
  return reasoning > 0 && total === input + output + reasoning
}

/** A transcription can be billed by the second. */
function readDuration({ type, seconds }: Fields): CallUsage | undefined {
  if (type !== 'duration' || typeof seconds !== 'number' || seconds < 0) return undefined
  return { audioSeconds: Math.ceil(seconds) }
}

/** Leaves out the units that were not used. */
function compact(usage: CallUsage): CallUsage {
  return Object.fromEntries(Object.entries(usage).filter(([, amount]) => amount !== 0))
}

/** Whether the parts of the input and of the output do not exceed them. */
function isWhole(usage: CallUsage): boolean {
  const { input = 0, cachedInput = 0, cacheWrite = 0, cacheWriteHour = 0, inputAudio = 0, inputImage = 0 } = usage
  const { cachedInputAudio = 0, cachedInputImage = 0 } = usage
  const { output = 0, outputAudio = 0, outputImage = 0, reasoning = 0 } = usage
  return (
    cachedInput + cacheWrite + inputAudio - cachedInputAudio + inputImage - cachedInputImage <= input &&
    cachedInputAudio <= inputAudio &&
    cachedInputImage <= inputImage &&
    cachedInputAudio + cachedInputImage <= cachedInput &&
    cacheWriteHour <= cacheWrite &&
    outputAudio + outputImage + reasoning <= output
  )
}

/** Returns an amount, zero if it is absent, or `NaN` if it is not a number. */
function countOf(amount: unknown): number {
  if (isAbsent(amount)) return 0
  return typeof amount === 'number' ? amount : Number.NaN
}

/** Some providers write `null` for an amount that they do not report. */
function isAbsent(amount: unknown): boolean {
  return amount === undefined || amount === null
}

function isCount(amount: unknown): boolean {
  return Number.isSafeInteger(amount) && (amount as number) >= 0 && (amount as number) <= largest
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}
