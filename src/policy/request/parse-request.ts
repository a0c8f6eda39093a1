import { idLimit, isDigest } from '../../model/value/id.ts'
import { isInstant } from '../../model/value/instant.ts'
import { type Issue, issuesOf } from '../../model/value/issue.ts'
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

/** Parses a request like `parseRequest`, but does not catch errors that a getter or a proxy in `input` throws. */
function parseReadable(input: unknown): ParsedRequest {
  const request = readUse(input)
  if (request !== undefined) return { ok: true, request }
  const parsed = Request.safeParse(input)
  return parsed.success ? { ok: true, request: parsed.data } : refused(issuesOf(parsed.error))
}

function refused(issues: readonly Issue[]): ParsedRequest {
  return { ok: false, issues, denial: denyInvalid(issues, { version: 0 }) }
}

type Loose<T> = { readonly [K in keyof T]?: unknown }

/**
 * Parses a use request of a usual shape field by field, much faster than the schema does. Returns `undefined` for any
 * other value, which the caller must parse with the schema.
 */
function readUse(input: unknown): UseRequest | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { type, who, model, team, at, credits } = input as Loose<UseRequest>
  if (type !== 'use' || !isName(model) || !isInstant(at)) return undefined
  if (team !== undefined && !isName(team)) return undefined
  for (const key in input) if (!isUseKey(key)) return undefined
  const caller = readWho(who)
  if (caller === undefined) return undefined
  if (credits === undefined) return { type, who: caller, model, team, at, credits }
  const amounts = readCredits(credits)
  return amounts === undefined ? undefined : { type, who: caller, model, team, at, credits: amounts }
}

function isUseKey(key: string): boolean {
  return key === 'type' || key === 'who' || key === 'model' || key === 'at' || key === 'team' || key === 'credits'
}

function readWho(input: unknown): Who | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { type } = input as { readonly type?: unknown }
  if (type === 'credentialDigest') return readDigest(input)
  if (type !== 'credential' && type !== 'user' && type !== 'team' && type !== 'virtualAccount') return undefined
  const { id } = input as { readonly id?: unknown }
  for (const key in input) if (key !== 'type' && key !== 'id') return undefined
  return isName(id) ? { type, id } : undefined
}

function readDigest(input: object): Who | undefined {
  const { digest } = input as { readonly digest?: unknown }
  for (const key in input) if (key !== 'type' && key !== 'digest') return undefined
  return typeof digest === 'string' && isDigest(digest) ? { type: 'credentialDigest', digest } : undefined
}

function readCredits(input: unknown): UseRequest['credits'] {
  if (typeof input !== 'object' || input === null) return undefined
  const { available, estimate } = input as { readonly available?: unknown; readonly estimate?: unknown }
  if (typeof available !== 'bigint') return undefined
  if (estimate !== undefined && (typeof estimate !== 'bigint' || estimate < 0n)) return undefined
  for (const key in input) if (key !== 'available' && key !== 'estimate') return undefined
  return { available, estimate }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 2 * idLimit + 1
}
