import { idLimit, isDigest } from '../model/value/id.ts'
import { instantLimit } from '../model/value/instant.ts'
import { type Issue, issuesOf } from '../model/value/issue.ts'
import { Request, type UseRequest, type Who } from './request.ts'

export type Parsed =
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/**
 * Reads a request of any shape. The common shapes of a well-formed use request are read by hand, each field once, in a
 * fraction of the time; whatever is not one of them is the schema's to accept or to explain.
 */
export function parseRequest(input: unknown): Parsed {
  try {
    const request = readUse(input)
    if (request !== undefined) return { ok: true, request }
    const parsed = Request.safeParse(input)
    if (parsed.success) return { ok: true, request: parsed.data }
    return { ok: false, issues: issuesOf(parsed.error) }
  } catch {
    return { ok: false, issues: [{ path: [], message: 'expected a request that can be read' }] }
  }
}

type Loose<T> = { readonly [K in keyof T]?: unknown }

function readUse(input: unknown): UseRequest | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  const { type, who, model, team, at, credits } = input as Loose<UseRequest>
  if (type !== 'use' || !isName(model) || !isInstant(at)) return undefined
  if (team !== undefined && !isName(team)) return undefined
  for (const key in input) if (!isUseKey(key)) return undefined
  const asking = readWho(who)
  if (asking === undefined) return undefined
  if (credits === undefined) return { type, who: asking, model, team, at, credits }
  const money = readCredits(credits)
  return money === undefined ? undefined : { type, who: asking, model, team, at, credits: money }
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

function isInstant(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= instantLimit
}
