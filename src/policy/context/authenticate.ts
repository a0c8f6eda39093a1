import type { Credential } from '../../model/noun/credential.ts'
import { findCredentialByDigest } from '../../model/state/find-credential.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'
import { type Denied, deny } from '../decision/deny.ts'
import { type EvaluationTime, noteBoundary } from '../evaluation-time.ts'
import type { Who } from '../request/request.ts'

/**
 * The principal that makes a request, and the credential by which the principal was found. `credential` is `undefined`
 * if the request names the principal itself.
 */
export interface Authenticated {
  readonly principal: Principal
  readonly credential: Credential | undefined
}

/**
 * Returns the credential that `who` names by id or digest, even if the credential is no longer valid. `undefined` for a
 * principal and for an unknown credential.
 */
export function findCredential(who: Who, state: State): Credential | undefined {
  if (who.type === 'credential') return findRow(state.credentials, who.id)
  return who.type === 'credentialDigest' ? findCredentialByDigest(who.digest, state) : undefined
}

/** Finds the principal that `who` refers to, or denies a credential that is unknown, revoked, suspended or expired. */
export function authenticate(who: Who, state: State, moment: EvaluationTime): Authenticated | Denied {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return { principal: who, credential: undefined }
  const credential = findCredential(who, state)
  if (credential === undefined) {
    const level = who.type === 'credential' ? { type: who.type, id: who.id } : { type: 'credential' as const }
    return deny('credential_unknown', level, [{ type: 'issue_credential' }], state)
  }
  const level = { type: 'credential', id: credential.id } as const
  if (credential.revokedAt !== undefined)
    return deny('credential_revoked', level, [{ type: 'issue_credential' }], state)
  if (credential.suspendedBy !== undefined) {
    const remedy = {
      type: 'activate_credential',
      credential: credential.id,
      suspendedBy: credential.suspendedBy,
    } as const
    return deny('credential_suspended', level, [remedy], state)
  }
  const digest = who.type === 'credentialDigest' ? who.digest : credential.digest
  if (expiryOf(credential, digest, moment) <= moment.at) {
    return deny('credential_expired', level, [{ type: 'issue_credential' }], state)
  }
  return { principal: credential.owner, credential }
}

/**
 * Returns the instant at which a digest of the credential expires. For the current digest: the credential's expiry. For
 * a digest that a rotation replaced: the credential's expiry or the end of the overlap, whichever is earlier.
 */
function expiryOf(credential: Credential, digest: string, moment: EvaluationTime): number {
  let expiry = credential.expiresAt ?? Number.POSITIVE_INFINITY
  if (credential.digest !== digest) {
    const previous = credential.previous.find((one) => one.digest === digest)
    expiry = Math.min(expiry, previous?.expiresAt ?? 0)
  }
  noteBoundary(moment, expiry)
  return expiry
}
