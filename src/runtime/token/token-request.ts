import type { Event } from '../../change/message/event.ts'
import type { Operations } from '../../model/value/operation.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Scope } from '../../model/value/selector.ts'
import type { Executed } from '../execute/execute-request.ts'
import { faultOfPrefix, isPrefix } from './token.ts'

/** A token to issue. All fields except `prefix` are those of `IssueCredential`, which sets their defaults. */
export interface TokenRequest {
  /** The id of the new credential. The id is not a secret. */
  readonly credential: string
  readonly owner: Principal
  readonly team?: string | undefined
  readonly scope?: Scope | undefined
  readonly operations?: Operations | undefined
  readonly name?: string | undefined
  readonly expiresAt?: number | undefined
  /** The prefix of the token: one of the engine's `tokens.prefix`. Default: the first of them, or `pc` if it has none. */
  readonly prefix?: string | undefined
}

/** A rotation of a token. */
export interface TokenRotation {
  readonly credential: string
  /**
   * The time in milliseconds for which the replaced secrets stay good, 0 to 31,622,400,000 (366 days). With 0 they are
   * refused at once, as after a leak.
   */
  readonly overlap: number
  /** A new expiry of the credential; `null` removes it. Required if the credential has expired. Default: unchanged. */
  readonly expiresAt?: number | null | undefined
  /** As in `TokenRequest`. */
  readonly prefix?: string | undefined
}

/** The result of `issueToken` and `rotateToken`. */
export type TokenIssued =
  | {
      readonly ok: true
      /** The secret. The engine returns it here and nowhere else, once, and keeps only its digest. */
      readonly token: string
      readonly credential: string
      /** The version of the policy after the change. */
      readonly version: number
      /** The event of the change, which has the digest. */
      readonly events: readonly Event[]
    }
  /**
   * An earlier call with the same id made the change, and only that call returned the secret. If its caller never saw the
   * secret, rotate the token with another id.
   */
  | {
      readonly ok: false
      readonly reason: 'already_issued'
      readonly credential: string
      /** The version of the policy after the earlier change. */
      readonly version: number
      readonly message: string
    }
  | Exclude<Executed, { readonly ok: true }>

const issueFields = ['credential', 'owner', 'team', 'scope', 'operations', 'name', 'expiresAt', 'prefix']
const rotateFields = ['credential', 'overlap', 'expiresAt', 'prefix']

/** The longest overlap of a rotation: 366 days. */
const longestOverlap = 31_622_400_000

/** Returns a copy of a token to issue, or what is wrong with it. Does not check what `IssueCredential` checks. */
export function readTokenRequest(request: TokenRequest, prefixes: readonly string[]): TokenRequest | string {
  return readFields(request, issueFields, prefixes)
}

/** Returns a copy of a rotation, or what is wrong with it. Does not check what `RotateCredential` checks. */
export function readTokenRotation(rotation: TokenRotation, prefixes: readonly string[]): TokenRotation | string {
  const read = readFields(rotation, rotateFields, prefixes)
  if (typeof read === 'string') return read
  const isOverlap = Number.isSafeInteger(read.overlap) && read.overlap >= 0 && read.overlap <= longestOverlap
  return isOverlap ? read : `expected \`overlap\` in milliseconds, an integer from 0 to ${longestOverlap}`
}

/** Returns a deep copy of an object with these fields only, or what is wrong with it. Accepts any value. */
function readFields<T extends { readonly prefix?: string | undefined }>(
  value: T,
  fields: readonly string[],
  prefixes: readonly string[],
): T | string {
  try {
    if (typeof value !== 'object' || value === null) return 'expected an object with a `credential`'
    const copy = structuredClone({ ...value })
    const unknown = Object.keys(copy).find((name) => !fields.includes(name))
    if (unknown !== undefined) return `there is no field \`${unknown}\``
    const { prefix } = copy
    if (prefix === undefined) return copy
    if (!isPrefix(prefix)) return faultOfPrefix
    const isKnown = prefixes.length === 0 || prefixes.includes(prefix)
    return isKnown ? copy : `the engine refuses tokens with the prefix \`${prefix}\`: add it to \`tokens.prefix\``
  } catch {
    return 'expected an object that can be read'
  }
}
