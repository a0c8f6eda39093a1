import type { Credential } from '../../model/noun/credential.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'
import { type Denied, deny } from '../decision/deny.ts'
import { type EvaluationTime, noteBoundary } from '../evaluation-time.ts'
import type { Who } from '../request/request.ts'

/** Who a request turned out to come from. */
export interface Authenticated {
  readonly principal: Principal
  readonly credential: Credential | undefined
}

/** The principal that asks: as the host named it, or as its credential proves it. */
export function authenticate(who: Who, state: State, moment: EvaluationTime): Authenticated | Denied {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return { principal: who, credential: undefined }
  const id = who.type === 'credential' ? who.id : findRow(state.index.digests, who.digest)
  const credential = id === undefined ? undefined : findRow(state.credentials, id)
  if (credential === undefined) {
    const level = who.type === 'credential' ? { type: who.type, id: who.id } : { type: 'credential' as const }
    return deny('credential_unknown', level, [{ type: 'issue_credential' }], state)
  }
  const level = { type: 'credential', id: credential.id } as const
  if (credential.revokedAt !== undefined)
    return deny('credential_revoked', level, [{ type: 'issue_credential' }], state)
  const digest = who.type === 'credentialDigest' ? who.digest : credential.digest
  if (endOf(credential, digest, moment) <= moment.at) {
    return deny('credential_expired', level, [{ type: 'issue_credential' }], state)
  }
  return { principal: credential.owner, credential }
}

/** When the credential stops to be good, presented as this digest: its own expiry, or before it the end of a rotation's overlap. */
function endOf(credential: Credential, digest: string, moment: EvaluationTime): number {
  let end = credential.expiresAt ?? Number.POSITIVE_INFINITY
  if (credential.digest !== digest) {
    const previous = credential.previous.find((one) => one.digest === digest)
    end = Math.min(end, previous?.expiresAt ?? 0)
  }
  noteBoundary(moment, end)
  return end
}
