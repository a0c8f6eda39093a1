import type { Instant } from '../../model/value/instant.ts'
import type { CommandBody, Executed, ExecuteOptions } from '../execute/execute-request.ts'
import type { Executor } from '../execute/executor.ts'
import { defaultPrefix } from './token.ts'
import {
  readTokenRequest,
  readTokenRotation,
  type TokenIssued,
  type TokenRequest,
  type TokenRotation,
} from './token-request.ts'
import { makeToken, tokenDigest } from './token-secret.ts'

/** Issues and rotates tokens: makes the secret, and gives the policy its digest only. */
export class TokenIssuer {
  readonly #executor: Executor
  readonly #prefixes: readonly string[]

  constructor(executor: Executor, prefixes: readonly string[] = []) {
    this.#executor = executor
    this.#prefixes = prefixes
  }

  async issue(input: TokenRequest, options: ExecuteOptions): Promise<TokenIssued> {
    const request = readTokenRequest(input, this.#prefixes)
    if (typeof request === 'string') return { ok: false, reason: 'options_invalid', message: request }
    const { prefix, ...fields } = request
    const make = (digest: string): CommandBody => ({ type: 'IssueCredential', ...fields, digest })
    return await this.#execute(request, make, options)
  }

  async rotate(input: TokenRotation, options: ExecuteOptions): Promise<TokenIssued> {
    const rotation = readTokenRotation(input, this.#prefixes)
    if (typeof rotation === 'string') return { ok: false, reason: 'options_invalid', message: rotation }
    const { credential, overlap, expiresAt } = rotation
    const make = (digest: string, at: Instant): CommandBody => ({
      ...{ type: 'RotateCredential', credential, digest },
      ...(overlap === 0 ? {} : { overlapUntil: at + overlap }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    })
    return await this.#execute(rotation, make, options)
  }

  /**
   * Executes the command of a new secret. A retry has another secret, so the request identifies the command, without the
   * secret. Only the call whose digest was stored returns its secret.
   */
  async #execute(
    request: TokenRequest | TokenRotation,
    make: (digest: string, at: Instant) => CommandBody,
    options: ExecuteOptions,
  ): Promise<TokenIssued> {
    const token = makeToken(request.prefix ?? this.#prefixes[0] ?? defaultPrefix)
    const digest = tokenDigest(token)
    const content = ['overlap' in request ? 'rotateToken' : 'issueToken', request]
    const executed = await this.#executor.executeMade((at) => [make(digest, at)], content, options)
    if (!executed.ok) return executed
    const { credential } = request
    const { version, events } = executed
    if (hasDigest(executed, digest)) return { ok: true, token, credential, version, events }
    const message = 'an earlier call with this id has returned the secret; if it was lost, rotate the token'
    return { ok: false, reason: 'already_issued', credential, version, message }
  }
}

/** Whether a change stored this digest. */
function hasDigest({ events }: Executed & { readonly ok: true }, digest: string): boolean {
  return events.some((event) => 'digest' in event && event.digest === digest)
}
