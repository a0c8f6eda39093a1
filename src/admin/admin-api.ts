import type { Command } from '../change/message/command.ts'
import { isReadBefore, readBefore, readChunks, refuseHeaders } from '../gateway/call/read-body.ts'
import { readToken } from '../gateway/call/read-caller.ts'
import { requestPath } from '../gateway/call/request-path.ts'
import { type AnswerOptions, type HttpAnswer, toResponse } from '../gateway/refusal/http-answer.ts'
import type { CreditLedger } from '../port/credit-ledger.ts'
import { HoldIds } from '../runtime/call/hold-id.ts'
import type { DecisionLog } from '../runtime/decision-log.ts'
import type { Engine } from '../runtime/engine.ts'
import type { Executed } from '../runtime/execute/execute-request.ts'
import { sha256 } from '../runtime/sha256.ts'
import { tokenDigest } from '../runtime/token/token-secret.ts'
import { AdminCall } from './admin-call.ts'
import { AdminFault, invalidField, refused } from './admin-fault.ts'
import { requestOf } from './command-request.ts'
import { notExecuted } from './not-executed.ts'
import { openApiOf } from './open-api.ts'
import { AnswerAt, type Change, type CommandOperation, type Operation, type RawAnswer, readFlag } from './operation.ts'
import { findOperation, requirePathId } from './operation-table.ts'
import { previewFor } from './preview-for.ts'
import { toWire, wirePath } from './wire.ts'

/** Options of the API. */
export interface AdminApiOptions {
  /** The ledger of the engine, for balances and statements. Default: none, and operations on wallets answer 404. */
  readonly ledger?: CreditLedger | undefined
  /** The decisions that `getDecision` finds, from `createDecisionLog`. Default: none, and the operation answers 404. */
  readonly decisions?: DecisionLog | undefined
  /** The path before every operation. Default: `/api`. */
  readonly basePath?: string | undefined
  /** The largest body in bytes. Default: 1,048,576. */
  readonly maxBodySize?: number | undefined
  /** Gets errors that no answer explains, with the id of the request. Default: they are dropped. */
  readonly onError?: ((error: unknown, id: string) => void) | undefined
}

/** The HTTP API of an engine for administrators. */
export interface AdminApi {
  /** Answers a request. Never rejects. */
  handle(request: Request): Promise<Response>
  /** The OpenAPI 3.1 document of the API, which `GET` of `/openapi.json` below the base path returns to everyone. */
  readonly openApi: Readonly<Record<string, unknown>>
}

const optionNames = new Set(['ledger', 'decisions', 'basePath', 'maxBodySize', 'onError'])
const bodyLimit = 1_048_576

/**
 * Returns the HTTP API of an engine: every change of access, and the questions about it. A caller authenticates with a
 * token, and may do what its owner may do.
 *
 * @example
 * const api = createAdminApi(engine)
 * const headers = { authorization: 'Bearer secret' }
 * const answer = await api.handle(new Request('http://gateway/api/matrix', { headers }))
 * console.log(answer.status, (await answer.json()).error.code) // 403 management_not_granted
 *
 * @throws {TypeError} when an option is unknown or of another type; the message names it
 */
export function createAdminApi(engine: Engine, options: AdminApiOptions = {}): AdminApi {
  for (const name of Object.keys(options)) {
    if (!optionNames.has(name)) throw new TypeError(`there is no option \`${name}\``)
  }
  const { basePath = '/api', maxBodySize = bodyLimit, onError, decisions, ledger } = options
  if (onError !== undefined && typeof onError !== 'function') throw new TypeError('expected `onError` as a function')
  if (decisions !== undefined && typeof decisions?.explain !== 'function')
    throw new TypeError('expected `decisions` as a decision log')
  if (ledger !== undefined && typeof ledger?.wallet !== 'function')
    throw new TypeError('expected `ledger` as a credit ledger')
  if (typeof basePath !== 'string' || !/^(\/[\w.~-]+)*$/.test(basePath))
    throw new TypeError('expected `basePath` as a path without a slash at its end, as in `/api`')
  if (!Number.isSafeInteger(maxBodySize) || maxBodySize < 1)
    throw new TypeError('expected `maxBodySize` as a number of bytes')
  return new EngineAdminApi(engine, { ...options, basePath, maxBodySize })
}

type CheckedOptions = AdminApiOptions & { readonly basePath: string; readonly maxBodySize: number }

class EngineAdminApi implements AdminApi {
  readonly #engine: Engine
  readonly #options: CheckedOptions
  readonly #ids = new HoldIds()
  #openApi: Readonly<Record<string, unknown>> | undefined

  constructor(engine: Engine, options: CheckedOptions) {
    this.#engine = engine
    this.#options = options
  }

  /** Made when it is first read: most processes never do. */
  get openApi(): Readonly<Record<string, unknown>> {
    this.#openApi ??= openApiOf(this.#options.basePath)
    return this.#openApi
  }

  async handle(request: Request): Promise<Response> {
    const sent = request.headers.get('x-request-id')
    const id = sent !== null && /^[!-~]{1,128}$/.test(sent) ? sent : this.#ids.next()
    const options: AnswerOptions = { id, accept: request.headers.get('accept') }
    const response = await this.#answer(request, id).catch((error) => toResponse(this.#answerTo(error, options)))
    if (request.method !== 'HEAD') return response
    const { status, headers } = response
    return new Response(null, { status, headers })
  }

  #answerTo(error: unknown, options: AnswerOptions): HttpAnswer {
    if (error instanceof AdminFault) return error.answer(options)
    try {
      this.#options.onError?.(error, options.id ?? '')
    } catch {
      // The host's function must not change the answer.
    }
    return refused({ reason: 'policy_unavailable' }).answer(options)
  }

  async #answer(request: Request, id: string): Promise<Response> {
    const { basePath } = this.#options
    const path = requestPath(request.url, basePath)
    if (path === undefined) throw refused({ reason: 'route_unknown' })
    // The answer to `HEAD` is that to `GET` without its body.
    const method = request.method === 'HEAD' ? 'GET' : request.method
    if (path === '/openapi.json' && method === 'GET') return json(this.openApi, id, undefined)
    const found = findOperation(method, path)
    if ('methods' in found) {
      if (found.methods.length === 0) throw refused({ reason: 'route_unknown' })
      const allowed = found.methods.flatMap((one) => (one === 'GET' ? ['GET', 'HEAD'] : [one]))
      throw refused({ reason: 'method_not_allowed', allow: [...new Set(allowed)].sort().join(', ') })
    }
    const { operation, params } = found
    const bearer = readToken(request.headers)
    if ('reason' in bearer) throw refused(bearer)
    const who = { type: 'credentialDigest', digest: tokenDigest(bearer.token ?? '') } as const
    const query = readQuery(request.url, operation)
    const fields = {
      engine: this.#engine,
      ledger: this.#options.ledger,
      decisions: this.#options.decisions,
      who,
      params,
      query,
      requestOf: (command: Command) => requestOf(command, basePath),
    }
    const accept = request.headers.get('accept')
    const unread = { body: {}, accept, commandId: undefined, expectVersion: undefined }
    // The caller is checked before its body is read.
    const { caller } = new AdminCall({ ...fields, ...unread })
    const body = operation.method === 'GET' ? {} : await readJson(request, this.#options.maxBodySize)
    requirePathId(operation, body)
    const call = new AdminCall({
      ...{ ...fields, ...unread, body },
      commandId: commandIdOf(request, caller, operation),
      expectVersion: expectedVersion(request),
    })
    return await run(operation, call, id)
  }
}

async function run(operation: Operation, call: AdminCall, id: string): Promise<Response> {
  const isDryRun = readFlag(call.query, 'dryRun')
  if (operation.kind === 'query') {
    if (isDryRun && operation.preview !== undefined) {
      return json(previewFor(call, operation.preview(call), wirePath), id, call.state.version)
    }
    const answer = await operation.run(call)
    return isRaw(answer) ? rawAnswer(answer, id) : json(answer, id, call.state.version)
  }
  const commands = operation.commands(call)
  if (isDryRun)
    return json(
      previewFor(call, commands, (path) => fieldIn(operation, path, call)),
      id,
      call.state.version,
    )
  const executed = await call.engine.execute(commands, call.executeOptions)
  return await answerExecuted(operation, call, executed, id)
}

async function answerExecuted(
  operation: CommandOperation,
  call: AdminCall,
  executed: Executed,
  id: string,
): Promise<Response> {
  if (!executed.ok) throw notExecuted(executed, (path) => fieldIn(operation, path, call))
  const { version, events, replay } = executed
  const change = { version, events, isReplay: replay }
  return json(await changeAnswer(operation, call, change), id, version)
}

/**
 * The change is made: if its answer cannot be told, because a later change took effect, the events are. A retry is
 * recognized without deciding the commands again, so the answer to it needs the right to read.
 */
async function changeAnswer({ answer, shown }: CommandOperation, call: AdminCall, change: Change): Promise<unknown> {
  const { version, events, isReplay } = change
  const plain = { version, replayed: isReplay, events: toWire(events) }
  if (answer === undefined) return plain
  try {
    // The policy at the version of the change or later.
    if (isReplay) new AdminCall(call).require(shown?.(call) ?? { type: 'platform' })
    return await answer(call, change)
  } catch (error) {
    if (error instanceof AdminFault) return plain
    throw error
  }
}

function fieldIn({ fieldOf = wirePath }: CommandOperation, path: readonly (string | number)[], { body }: AdminCall) {
  return fieldOf(path, body)
}

function isRaw(answer: unknown): answer is RawAnswer {
  return typeof answer === 'object' && answer !== null && 'contentType' in answer && 'text' in answer
}

const requestIds = (id: string) => ({ 'x-request-id': id, 'request-id': id })

function json(answer: unknown, id: string, stateVersion: number | undefined): Response {
  const { body, version } = answer instanceof AnswerAt ? answer : { body: answer, version: stateVersion }
  const headers: Record<string, string> = {
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    ...requestIds(id),
  }
  if (version !== undefined) headers['etag'] = `"${version}"`
  return new Response(JSON.stringify(body), { headers })
}

/** A picture is shown by browsers, which must not run anything in it. */
function rawAnswer({ contentType, text }: RawAnswer, id: string): Response {
  const headers = {
    ...{ 'content-type': contentType, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
    ...{ 'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'", ...requestIds(id) },
  }
  return new Response(text, { headers })
}

function readQuery(url: string, operation: Operation): URLSearchParams {
  const [, text = ''] = url.split('#', 1)[0]?.split(/\?(.*)/s) ?? []
  const query = new URLSearchParams(text)
  const isWrite = operation.kind === 'command' || operation.preview !== undefined
  const known = [...(operation.query ?? []).map(({ name }) => name), ...(isWrite ? ['dryRun'] : [])]
  for (const name of new Set(query.keys())) {
    if (!known.includes(name)) throw invalidField({ param: name, message: 'there is no such query parameter' })
    if (query.getAll(name).length > 1) throw invalidField({ param: name, message: 'expected the parameter once' })
  }
  return query
}

/** Reads a JSON body, also under the content type that curl sends by default: no browser sends the token with a form. */
async function readJson(request: Request, limit: number): Promise<unknown> {
  const type = request.headers.get('content-type')
  const headers = new Headers(request.headers)
  if (type === null || /^application\/x-www-form-urlencoded\b/i.test(type))
    headers.set('content-type', 'application/json')
  const refusal = refuseHeaders(headers, 'json', limit)
  if (refusal !== undefined) throw refused(refusal)
  if (request.bodyUsed) throw refused(readBefore)
  let text: string
  try {
    const bytes = await readChunks(request, limit)
    if (bytes === undefined)
      throw refused({ reason: 'body_too_large', message: `the body has more than ${limit} bytes` })
    if (isReadBefore(request, bytes.byteLength)) throw refused(readBefore)
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    return text === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw error instanceof AdminFault
      ? error
      : refused({ reason: 'body_invalid', message: 'expected a body of JSON in UTF-8' })
  }
}

/** Returns the id of the command of an idempotency key: of this caller, this operation and this key. */
function commandIdOf(request: Request, caller: string, { id }: Operation): string | undefined {
  const header = request.headers.get('idempotency-key')
  if (header === null) return undefined
  const key = /^"([ !#-[\]-~]{1,255})"$/.exec(header)?.[1] ?? /^[!#-+\--[\]-~]{1,255}$/.exec(header)?.[0]
  if (key !== undefined) return `http:${sha256(`${caller}\n${id}\n${key}`)}`
  const message = 'expected `Idempotency-Key` as one key of 1 to 255 visible characters'
  throw refused({ reason: 'header_invalid', message })
}

/** A proxy that compresses answers weakens their tags: `W/"12"` is the tag `"12"`. */
function expectedVersion(request: Request): number | undefined {
  const header = request.headers.get('if-match')
  if (header === null || header.trim() === '*') return undefined
  const version = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim())?.[1]
  if (version !== undefined) return Number(version)
  throw refused({ reason: 'header_invalid', message: 'expected `If-Match` with one `ETag` of this API, as in `"12"`' })
}
