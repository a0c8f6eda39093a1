import { readToken } from '../../gateway/call/read-caller.ts'
import type { Engine } from '../../runtime/engine.ts'
import { tokenDigest } from '../../runtime/token/token-secret.ts'
import type { AuthZenAuthentication } from '../http/handler-options.ts'

/**
 * Returns a function for `authenticate` of a handler: an enforcement point needs a token of an administrator, as
 * `Authorization: Bearer` or `x-api-key`, since its answers disclose the whole policy. Other valid tokens are forbidden.
 *
 * @example
 * const authenticate = authenticateAdministrator(engine)
 * const headers = { authorization: 'Bearer secret' }
 * console.log(authenticate(new Request('http://pdp/', { headers })), authenticate(new Request('http://pdp/')))
 * // forbidden false
 */
export function authenticateAdministrator(
  engine: Pick<Engine, 'authorize'>,
): (request: Request) => AuthZenAuthentication {
  return ({ headers }) => {
    const caller = readToken(headers)
    if (!('token' in caller) || caller.token === undefined) return false
    const who = { type: 'credentialDigest', digest: tokenDigest(caller.token) } as const
    const decision = engine.authorize({ type: 'manage', who, thing: { type: 'platform' } })
    if (decision.effect === 'allow') return true
    if (decision.reason === 'policy_unavailable') return 'unavailable'
    return /^(credential_(unknown|revoked|suspended|expired)|principal_|request_)/.test(decision.reason)
      ? false
      : 'forbidden'
  }
}
