import { createHash } from 'node:crypto'
import { expect, onTestFinished } from 'vitest'
import { createMemoryCreditLedger, createMemoryRepository } from '../../../src/adapter/memory/index.ts'
import { type AdminApi, type AdminApiOptions, createAdminApi } from '../../../src/admin/index.ts'
import { snapshotSchema } from '../../../src/model/snapshot/snapshot.ts'
import { snapshotParts } from '../../../src/model/snapshot/snapshot-parts.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import type { State } from '../../../src/model/state/state.ts'
import type { CommandBody, Engine } from '../../../src/runtime/index.ts'
import { createDecisionLog, createEngine } from '../../../src/runtime/index.ts'
import { expectDocumented } from './documented.ts'

/** An answer of the API. `body` is the parsed JSON; for other media types, the text. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Body
  readonly text: string
}

/** A JSON body: its fields have any type, and the test asserts them. */
export type Body = Readonly<Record<string, unknown>> & { readonly error?: { readonly [field: string]: unknown } }

/**
 * Calls an operation by method and path below `/api`. A body that is not a string is sent as JSON. An answer that is not
 * as documented fails the test, and so does one with a secret, unless it is the answer that shows it.
 */
export type Call = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>

/** An engine in memory with a ledger, its API, and the administrator `root`, who has a token. */
export interface Rig {
  readonly engine: Engine
  readonly ledger: ReturnType<typeof createMemoryCreditLedger>
  readonly api: AdminApi
  /** The token of `root`. */
  readonly token: string
  /** Calls as `root`. */
  readonly call: Call
  /** Returns a function that calls with another token; without a token if it is `undefined`. */
  as(token: string | undefined): Call
  /** Executes commands as the host. Throws if they are rejected. */
  enact(...commands: readonly CommandBody[]): Promise<void>
  /** Issues a token as the host, and returns its secret. */
  issue(request: Parameters<Engine['issueToken']>[0]): Promise<string>
  /** The whole policy as JSON. */
  policy(): string
  /** The errors that no answer explains. */
  readonly errors: unknown[]
  /** The milliseconds by which the engine's clock is ahead. */
  readonly clock: { offset: number }
}

const system = { actor: { type: 'system' } } as const

/** When an engine is closed: `onTestFinished`, or `afterAll` for one that the tests of a file share. */
export type CloseWhen = (close: () => Promise<void>) => void

/** The command that issues a token with this secret. */
export function issueCommand(
  secret: string,
  fields: Omit<Extract<CommandBody, { type: 'IssueCredential' }>, 'type' | 'digest'>,
): CommandBody {
  return { type: 'IssueCredential', ...fields, digest: createHash('sha256').update(secret).digest('hex') }
}

/** Starts an API, with a policy and at an instant if they are given. `clock` may be moved. */
export async function startRig(
  commands: readonly CommandBody[] = [],
  options: AdminApiOptions = {},
  closeWhen: CloseWhen = onTestFinished,
  { state, at }: { readonly state?: State; readonly at?: number } = {},
): Promise<Rig> {
  const ledger = createMemoryCreditLedger()
  const clock = { offset: 0, now: () => (at ?? Date.now()) + clock.offset }
  const repository = createMemoryRepository()
  if (state !== undefined) {
    const parts = [...snapshotParts(state)]
    await repository.saveSnapshot({ version: state.version, schema: snapshotSchema, parts })
  }
  const engine = createEngine({ repository, ledger, clock })
  closeWhen(() => engine.close())
  await engine.ready()
  const token = 'pc_secret_of_root'
  const errors: unknown[] = []
  const decisions = createDecisionLog()
  engine.subscribe(decisions.record)
  const call = { by: 'admit', outcome: 'denied', reason: 'model_not_granted', at: Date.now(), milliseconds: 1 } as const
  decisions.record([{ type: 'decided', id: 'decided', ...call }], [])
  const api = createAdminApi(engine, { ledger, decisions, onError: (error) => errors.push(error), ...options })
  const enact: Rig['enact'] = async (...some) => {
    const executed = await engine.execute(some, system)
    if (!executed.ok) throw new Error(JSON.stringify(executed))
  }
  const issue: Rig['issue'] = async (request) => {
    const issued = await engine.issueToken(request, system)
    if (!issued.ok) throw new Error(JSON.stringify(issued))
    return issued.token
  }
  await enact(
    { type: 'CreateUser', user: 'root' },
    { type: 'AddAdministrator', administrator: { type: 'user', id: 'root' } },
    issueCommand(token, { credential: 'root-token', owner: { type: 'user', id: 'root' } }),
    ...commands,
  )
  const as = (secret: string | undefined) => callWith(api, secret)
  const policy = () => {
    const snapshot = engine.read((state) => JSON.stringify(toSnapshot(state)))
    if (typeof snapshot !== 'string') throw new Error(snapshot.message)
    return snapshot
  }
  return { engine, ledger, api, token, call: as(token), as, enact, issue, policy, errors, clock }
}

function callWith(api: AdminApi, token: string | undefined): Call {
  return async (method, path, body, headers = {}) => {
    const response = await api.handle(
      new Request(`http://gateway/api${path}`, {
        method,
        headers: { ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers },
        ...(body === undefined ? {} : { body: bytesOf(body) }),
      }),
    )
    const text = await response.text()
    const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '')
    const answer = { status: response.status, headers: response.headers, body: isJson ? JSON.parse(text) : {}, text }
    expectNoSecret(answer)
    expectDocumented(method, path, answer)
    return answer
  }
}

/** The start of every secret of a token. */
const secretStart = /pc_[\w-]{8}/

/** Asserts that an answer has no digest, and at most the secret that this answer shows, once. */
function expectNoSecret({ body, text }: Answer): void {
  const { token, virtual_key: key = token } = body
  const rest = typeof key === 'string' ? text.replace(JSON.stringify(key), '') : text
  expect(rest).not.toMatch(secretStart)
  // The id of a command is the hash of an idempotency key, and no secret.
  expect(rest.replaceAll(/"http:[0-9a-f]{64}(:key)?"/g, '')).not.toMatch(/[0-9a-f]{64}/)
}

/** The bytes of a body, so that no content type is added to the request. */
function bytesOf(body: unknown): Uint8Array<ArrayBuffer> {
  if (body instanceof Uint8Array) return new Uint8Array(body)
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

/** The status of an answer, with the code and the field of its error. */
export function faultOf({ status, body }: Answer): Record<'status' | 'code' | 'param', unknown> {
  return { status, code: body.error?.['code'], param: body.error?.['param'] }
}
