/** The longest `Accept` header that is read. A longer one gets JSON. */
const longest = 4_096

const problem = 'application/problem+json'

/**
 * Whether an `Accept` header prefers `application/problem+json` to `application/json`: it names the former with a quality
 * above zero, and the latter with at most the same quality. `*` and `application/*` name neither, but count for JSON.
 */
export function prefersProblem(accept: string | null | undefined): boolean {
  if (typeof accept !== 'string' || accept.length > longest) return false
  const qualities = new Map(accept.split(',').map(readRange))
  const quality = qualities.get(problem) ?? 0
  const ofJson = qualities.get('application/json')
  if (ofJson !== undefined) return quality > 0 && quality >= ofJson
  return quality > 0 && quality >= (qualities.get('application/*') ?? qualities.get('*/*') ?? 0)
}

function readRange(range: string): readonly [name: string, quality: number] {
  const [name = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  if (given === undefined) return [name, 1]
  return [name, /^(0(\.\d{0,3})?|1(\.0{0,3})?)$/.test(given) ? Number(given) : 0]
}
