import type { Operation } from '../../model/value/operation.ts'

/** The family of a client: it determines the shape of lists, streams and errors. */
export type Dialect = 'openai' | 'anthropic'

/** One path of a provider's API that calls a model. */
export interface Endpoint {
  /** The path below the base path of the guard, such as `/v1/chat/completions`. */
  readonly path: string
  readonly operation: Operation
  readonly dialect: Dialect
  /** The form of the request body. */
  readonly body: 'json' | 'form'
  /** The fields that bound the output in tokens, in order of precedence. The first is set when the client sent none. */
  readonly maxTokens: readonly string[]
}

/** What a request asks of a gateway. */
export type Destination =
  | { readonly type: 'call'; readonly endpoint: Endpoint }
  | { readonly type: 'list_models'; readonly dialect: Dialect }
  | { readonly type: 'get_model'; readonly dialect: Dialect; readonly model: string }
  | { readonly type: 'method_not_allowed'; readonly allow: 'GET' | 'POST' }
  /** `isDisguised`: a server that normalizes paths could take the path for one that is guarded. */
  | { readonly type: 'unknown'; readonly isDisguised: boolean }

const chat = ['max_completion_tokens', 'max_tokens']

function endpoint(path: string, operation: Operation, rest: Partial<Endpoint> = {}): readonly [string, Endpoint] {
  return [path, Object.freeze({ path, operation, dialect: 'openai', body: 'json', maxTokens: [], ...rest })]
}

/** Every path that is guarded. */
const endpoints: ReadonlyMap<string, Endpoint> = new Map([
  endpoint('/v1/chat/completions', 'chat', { maxTokens: chat }),
  endpoint('/v1/responses', 'responses', { maxTokens: ['max_output_tokens'] }),
  endpoint('/v1/embeddings', 'embeddings'),
  endpoint('/v1/images/generations', 'images'),
  endpoint('/v1/images/edits', 'images', { body: 'form' }),
  endpoint('/v1/images/variations', 'images', { body: 'form' }),
  endpoint('/v1/audio/speech', 'audio'),
  endpoint('/v1/audio/transcriptions', 'audio', { body: 'form' }),
  endpoint('/v1/audio/translations', 'audio', { body: 'form' }),
  endpoint('/v1/moderations', 'moderations'),
  endpoint('/v1/messages', 'messages', { dialect: 'anthropic', maxTokens: ['max_tokens'] }),
  endpoint('/v1/messages/count_tokens', 'count_tokens', { dialect: 'anthropic' }),
])

const models = '/v1/models'

/**
 * Finds what a request asks for. Paths are compared exactly: a path with other letter case, empty or dot segments, percent
 * signs or a slash at its end is unknown, and so no path reaches an upstream under another spelling than the one judged.
 */
export function findDestination(method: string, path: string, headers: Headers): Destination {
  const found = endpoints.get(path)
  if (found !== undefined)
    return method === 'POST' ? { type: 'call', endpoint: found } : { type: 'method_not_allowed', allow: 'POST' }
  const isList = path === models
  if (!isList && !path.startsWith(`${models}/`)) return unknown(path)
  const model = isList ? undefined : readModel(path.slice(models.length + 1))
  if (!isList && model === undefined) return unknown(path)
  if (method !== 'GET' && method !== 'HEAD') return { type: 'method_not_allowed', allow: 'GET' }
  const dialect = headers.has('anthropic-version') ? 'anthropic' : 'openai'
  return model === undefined ? { type: 'list_models', dialect } : { type: 'get_model', dialect, model }
}

/** Decodes the model of a path. The model of a provider account has a slash, which clients send as it is or as `%2F`. */
function readModel(encoded: string): string | undefined {
  try {
    const model = decodeURIComponent(encoded)
    return model === '' ? undefined : model
  } catch {
    return undefined
  }
}

function unknown(path: string): Destination {
  return { type: 'unknown', isDisguised: isDisguised(path, '') }
}

/** Decoding is repeated up to this number of times, as a chain of servers would. */
const rounds = 3

/**
 * Whether a path or URL, normalized in every usual way, contains a guarded path below the base path. One that has more
 * percent signs after three rounds of decoding, or is not UTF-8, is taken for disguised.
 */
export function isDisguised(url: string, basePath: string): boolean {
  let plain = url
  for (let round = 0; round < rounds && plain.includes('%'); round += 1) {
    try {
      plain = decodeURIComponent(plain)
    } catch {
      return true
    }
  }
  if (plain.includes('%')) return true
  const guarded = [...endpoints.keys(), models].map((path) => `${basePath}${path}/`.toLowerCase())
  // Servers differ in what they take a semicolon for: a separator, or the start of a parameter to be dropped.
  return [plain.replaceAll(';', '/'), plain.replaceAll(/;[^/\\]*/g, '')].some((spelling) => {
    const normal = normalize(spelling)
    return guarded.some((path) => normal.includes(path))
  })
}

/** Returns a path in lower case, without what some server drops or resolves, and with a slash at its end. */
function normalize(path: string): string {
  const segments: string[] = []
  for (const segment of path
    .toLowerCase()
    .replaceAll('\\', '/')
    .split(/[/?#\0]/)) {
    // Servers of some systems drop spaces and dots at the end of a name, and line ends and tabs anywhere.
    const name = segment.replaceAll(/[\p{Cc}]/gu, '').trim()
    if (name === '..') segments.pop()
    else if (name.replace(/[. ]+$/, '') !== '') segments.push(name.replace(/[. ]+$/, ''))
  }
  return `/${segments.join('/')}/`
}
