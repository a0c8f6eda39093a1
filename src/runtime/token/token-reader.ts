import type { UseDecision } from '../../policy/decision/decision.ts'
import type { Who } from '../../policy/request/request.ts'
import { isToken } from './token.ts'
import { tokenDigest } from './token-secret.ts'

/** The longest string that is hashed as a token, in UTF-16 code units. HTTP servers accept no longer header. */
const longest = 16_384

/** The caller for a token that cannot be one. No state has a credential with this id, and no row is read for its digest. */
const unreadable: Who = { type: 'credential', id: '\u0000' }

/** Reads the tokens that callers present, and refuses malformed ones before they are hashed. */
export class TokenReader {
  readonly #prefixes: readonly string[]
  #malformed = 0

  /** With prefixes, only tokens of `issueToken` with one of them are looked up. */
  constructor(prefixes: readonly string[] = []) {
    this.#prefixes = prefixes
  }

  /** The number of malformed tokens that were refused. */
  get malformed(): number {
    return this.#malformed
  }

  /** Returns the caller that a token stands for. */
  callerOf(token: string): Who {
    const isReadable = this.#prefixes.length === 0 ? token.length <= longest : isToken(token, this.#prefixes)
    if (isReadable) return { type: 'credentialDigest', digest: tokenDigest(token) }
    this.#malformed += 1
    return unreadable
  }
}

/** Whether a caller stands for a malformed token. */
export function isUnreadable(who: Who): boolean {
  return who === unreadable
}

/** Makes the denial of a malformed token equal to the denial of a well-formed one that is unknown. */
export function alikeUnknown(decision: UseDecision, who: Who): UseDecision {
  const isAlike = !isUnreadable(who) || decision.effect === 'allow' || decision.reason !== 'credential_unknown'
  return isAlike ? decision : { ...decision, level: { type: 'credential' } }
}
