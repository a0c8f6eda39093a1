import type { AdmitCaller } from '../../runtime/call/admit-request.ts'
import type { GatewayRefusal } from '../refusal/refusal.ts'

/** The longest name of a team in a header. The policy refuses longer ones too. */
const longestTeam = 513

/**
 * Reads the token of a request from `Authorization: Bearer` or `x-api-key`. Node joins repeated headers with a comma, so a
 * value with a comma is refused, as are two tokens that differ.
 */
export function readToken(headers: Headers): AdmitCaller | GatewayRefusal {
  const authorization = headers.get('authorization')
  const key = headers.get('x-api-key')
  const bearer = authorization === null ? undefined : readBearer(authorization)
  if (bearer === undefined && key === null) {
    const message = authorization === null ? undefined : 'expected one token, as in `Authorization: Bearer <token>`'
    return { reason: 'token_missing', ...(message === undefined ? {} : { message }) }
  }
  const token = bearer ?? key?.trim() ?? ''
  if (token === '' || /[\s,]/.test(token)) return { reason: 'token_ambiguous' }
  if (authorization !== null && bearer === undefined) return { reason: 'token_ambiguous' }
  if (bearer !== undefined && key !== null && bearer !== key.trim()) return { reason: 'token_ambiguous' }
  return { token }
}

function readBearer(authorization: string): string | undefined {
  return /^bearer +(\S.*)$/i.exec(authorization.trim())?.[1]
}

/** Reads the team that a request names in a header. A repeated header is refused, since only one can pay. */
export function readTeam(headers: Headers, name: string): { readonly team?: string } | GatewayRefusal {
  const team = headers.get(name)
  if (team === null) return {}
  if (team === '' || team.length > longestTeam || team.includes(','))
    return { reason: 'header_invalid', message: `expected one team in the header \`${name}\`` }
  return { team }
}
