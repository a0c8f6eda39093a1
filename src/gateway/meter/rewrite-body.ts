type JsonObject = Record<string, unknown>

/** Replaces the names that an upstream gives its model by the name that the client asked for. Changes the value. */
export function renameModel(body: unknown, model: string): boolean {
  if (!isJsonObject(body)) return false
  let isRenamed = false
  for (const holder of [body, body['response'], body['message']]) {
    if (!isJsonObject(holder) || typeof holder['model'] !== 'string' || holder['model'] === model) continue
    holder['model'] = model
    isRenamed = true
  }
  return isRenamed
}

/** Replaces the name of an upstream's model anywhere in JSON by the name that the client asked for. */
export function hideModel(json: string, upstreamModel: string, model: string): string {
  return json.replaceAll(inJson(upstreamModel), () => inJson(model))
}

/** Returns a text as it is written in a string of JSON. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

/** Returns the usage in a body or an event, as the upstream wrote it. */
export function findUsage(body: unknown): JsonObject | undefined {
  if (!isJsonObject(body)) return undefined
  return [body, body['response'], body['message']]
    .map((holder) => (isJsonObject(holder) ? holder['usage'] : undefined))
    .find(isJsonObject)
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
