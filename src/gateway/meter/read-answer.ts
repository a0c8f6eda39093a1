import { countSearches } from './count-searches.ts'
import { countGenerated } from './count-text.ts'
import { readText } from './read-text.ts'
import { findUsage, hideModel, isJsonObject, renameModel } from './rewrite-body.ts'
import { type Metered, unread } from './stream-meter.ts'

/** A whole answer of an upstream, with its text for the client. */
export interface ReadAnswer extends Metered {
  readonly text: string
}

/**
 * Reads the JSON answer of an upstream, and replaces its model's name by the one that the client asked for, also in the
 * text of an error. Returns `undefined` if the body cannot be read, or has more than `limit` bytes.
 */
export async function readAnswer(
  response: Response,
  model: string,
  upstreamModel: string,
  limit: number,
): Promise<ReadAnswer | undefined> {
  let text: string
  try {
    text = await readText(response, limit)
  } catch {
    return undefined
  }
  try {
    const answer = rewriteAnswer(JSON.parse(text), model)
    // Errors name the model in many places, and no error of a client needs the name as text.
    const hidesName = answer.hasError || !response.ok
    return hidesName ? { ...answer, text: hideModel(answer.text, upstreamModel, model) } : answer
  } catch {
    // It is not JSON, or it is nested too deeply to be written again.
    return { ...unread, text: '{}' }
  }
}

/** @throws {RangeError} when the body is nested too deeply */
function rewriteAnswer(body: unknown, model: string): ReadAnswer {
  const error = isJsonObject(body) ? body['error'] : undefined
  const isFailed = error !== undefined && error !== null
  renameModel(body, model)
  return {
    text: JSON.stringify(body),
    usage: findUsage(body),
    delivered: countGenerated(body),
    searches: isJsonObject(body) ? countSearches(body['output']) : {},
    hasError: isFailed,
  }
}
