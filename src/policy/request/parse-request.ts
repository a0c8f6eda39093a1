import { idLimit, isDigest } from '../../model/value/id.ts'
import { isInstant } from '../../model/value/instant.ts'
import { type Issue, issuesOf } from '../../model/value/issue.ts'
import { type Operation, operations } from '../../model/value/operation.ts'
import { ownData, withoutPrototype } from '../../model/value/own-properties.ts'
import type { Denied } from '../decision/decision.ts'
import { denyInvalid } from '../decision/deny.ts'
import { Request, type UseRequest, type Who } from './request.ts'

/** The result of `parseRequest`. */
export type ParsedRequest =
  | { readonly ok: true; readonly request: Request }
  | {
      readonly ok: false
      /** The problems with the value: 1 to 100 issues. */
      readonly issues: readonly Issue[]
      /** The denial that `authorize` returns for this value, except that `version` is 0, since no state was read. */
      readonly denial: Denied
    }

/**
 * Parses a value from outside, such as parsed JSON, as a request for `authorize`. Accepts any value and never throws.
 * Each issue has the path of the invalid part, and one line that says what was expected.
 *
 * @example
 * const parsed = parseRequest(JSON.parse(body))
 * const decision = parsed.ok ? authorize(parsed.request, state) : parsed.denial
 */
export function parseRequest(input: unknown): ParsedRequest {
  try {
    return parseReadable(input)
  } catch {
    return refused([{ path: [], message: 'expected a request that can be read' }])
  }
}

/** Parses a request as `parseRequest` does, but does not catch errors that a getter or a proxy in `input` throws. */
function parseReadable(input: unknown): ParsedRequest {
  const request = readUse(input)
  if (request !== undefined) return { ok: true, request }
  const parsed = Request.safeParse(ownData(input))
  return parsed.success ? { ok: true, request: withOwnFields(parsed.data) } : refused(issuesOf(parsed.error))
}

/**
 * Returns the request with every field of its type as an own property; an absent field is `undefined`. No field is then
 * read from a prototype.
 */
function withOwnFields(request: Request): Request {
  if (request.type === 'manage') return request
  const { type, who, model, team, at, operation, credits } = withoutPrototype(request)
  if (credits === undefined) return { type, who, model, team, at, operation, credits }
  const { available, estimate } = withoutPrototype(credits)
  return { type, who, model, team, at, operation, credits: { available, estimate } }
}

function refused(issues: readonly Issue[]): ParsedRequest {
  return { ok: false, issues, denial: denyInvalid(issues, { version: 0 }) }
}

type Loose<T> = { readonly [K in keyof T]?: unknown }

/**
 * Parses a use request field by field, much faster than the schema does. Returns `undefined` for any value of an
 * unusual shape, which the caller must then parse with the schema.
 */
function readUse(input: unknown): UseRequest | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  if (!isPlain(input)) return undefined
  const { type, who, model, team, at, operation, credits } = input as Loose<UseRequest>
  if (type !== 'use' || !isName(model) || !isInstant(at)) return undefined
  if (team !== undefined && !isName(team)) return undefined
  if (operation !== undefined && !isOperation(operation)) return undefined
  for (const key in input) if (!isUseKey(key) && Object.hasOwn(input, key)) return undefined
  const caller = readWho(who)
  if (caller === undefined) return undefined
  if (credits === undefined) return { type, who: caller, model, team, at, operation, credits }
  const amounts = readCredits(credits)
  return amounts === undefined ? undefined : { type, who: caller, model, team, at, operation, credits: amounts }
}

function isUseKey(key: string): boolean {
  if (key === 'type' || key === 'who' || key === 'model' || key === 'at') return true
  return key === 'team' || key === 'operation' || key === 'credits'
}

function isOperation(value: unknown): value is Operation {
  return operations.some((operation) => operation === value)
}

/**
 * Whether an object inherits no field that a request can have. For example, `false` when `Object.prototype` has a field
 * `model`.
 */
function isPlain(input: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(input)
  if (prototype === null) return true
  if (prototype !== Object.prototype) return false
  const { type, who, model, team, at, operation, credits, id, digest, available, estimate } = Object.prototype as Fields
  const ofRequest = type ?? who ?? model ?? team ?? at ?? operation ?? credits
  return (ofRequest ?? id ?? digest ?? available ?? estimate) === undefined
}

type Fields = Loose<UseRequest & { id: unknown; digest: unknown; available: unknown; estimate: unknown }>

function readWho(input: unknown): Who | undefined {
  if (typeof input !== 'object' || input === null || !isPlain(input)) return undefined
  const { type } = input as { readonly type?: unknown }
  if (type === 'credentialDigest') return readDigest(input)
  if (type !== 'credential' && type !== 'user' && type !== 'team' && type !== 'virtualAccount') return undefined
  const { id } = input as { readonly id?: unknown }
  for (const key in input) if (key !== 'type' && key !== 'id' && Object.hasOwn(input, key)) return undefined
  return isName(id) ? { type, id } : undefined
}

function readDigest(input: object): Who | undefined {
  const { digest } = input as { readonly digest?: unknown }
  for (const key in input) if (key !== 'type' && key !== 'digest' && Object.hasOwn(input, key)) return undefined
  return typeof digest === 'string' && isDigest(digest) ? { type: 'credentialDigest', digest } : undefined
}

function readCredits(input: unknown): UseRequest['credits'] {
  if (typeof input !== 'object' || input === null || !isPlain(input)) return undefined
  const { available, estimate } = input as { readonly available?: unknown; readonly estimate?: unknown }
  if (typeof available !== 'bigint') return undefined
  if (estimate !== undefined && (typeof estimate !== 'bigint' || estimate < 0n)) return undefined
  for (const key in input) if (key !== 'available' && key !== 'estimate' && Object.hasOwn(input, key)) return undefined
  return { available, estimate }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 2 * idLimit + 1
}
