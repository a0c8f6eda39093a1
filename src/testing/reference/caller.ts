import type { Credential } from '../../model/noun/credential.ts'
import type { State } from '../../model/state/state.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { DenialLevel, DenialReason, Remedy } from '../../policy/decision/denial.ts'
import type { Who } from '../../policy/request/request.ts'
import { allRows, isActive, rowOf } from './rows.ts'

/** A denial of the reference model: the reason, level and remedies, without the state version. */
export interface Denial {
  readonly reason: DenialReason
  readonly level: DenialLevel
  readonly remedies: readonly Remedy[]
  readonly available?: string
  readonly needed?: string
}

/** The identified caller: an active principal, and the valid credential of the request, if any. */
export interface Caller {
  readonly principal: Principal
  readonly credential?: Credential
}

/** Whether a value is a denial. */
export function isDenial(value: object): value is Denial {
  return 'reason' in value
}

/** Creates a denial with one remedy. */
export function denial(reason: DenialReason, level: DenialLevel, remedy: Remedy): Denial {
  return { reason, level, remedies: [remedy] }
}

/** Returns the credential that `who` refers to, valid or not. */
function credentialOf(who: Who, state: State): Credential | undefined {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return undefined
  return allRows(state, 'credentials').find((row) =>
    who.type === 'credential'
      ? row.id === who.id
      : row.digest === who.digest || row.previous.some((previous) => previous.digest === who.digest),
  )
}

/**
 * Returns the `credential` field of a decision. Without an existing credential in the request: an object without the
 * field.
 */
export function credentialField(who: Who, state: State): { readonly credential?: string } {
  const credential = credentialOf(who, state)
  return credential === undefined ? {} : { credential: credential.id }
}

/** Returns the active caller that `who` identifies, or a denial. */
export function callerOf(who: Who, at: number, state: State): Caller | Denial {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return activeCaller({ principal: who }, state)
  const credential = credentialOf(who, state)
  if (credential === undefined) {
    const level =
      who.type === 'credential' ? { type: 'credential' as const, id: who.id } : { type: 'credential' as const }
    return denial('credential_unknown', level, { type: 'issue_credential' })
  }
  const level = { type: 'credential' as const, id: credential.id }
  if (credential.revokedAt !== undefined) return denial('credential_revoked', level, { type: 'issue_credential' })
  if (credential.suspendedBy !== undefined) {
    const { id, suspendedBy } = credential
    return denial('credential_suspended', level, { type: 'activate_credential', credential: id, suspendedBy })
  }
  if (isOver(credential, who, at)) return denial('credential_expired', level, { type: 'issue_credential' })
  return activeCaller({ principal: credential.owner, credential }, state)
}

function isOver(credential: Credential, who: Who, at: number): boolean {
  const ends = [credential.expiresAt]
  if (who.type === 'credentialDigest' && who.digest !== credential.digest) {
    ends.push(credential.previous.find((previous) => previous.digest === who.digest)?.expiresAt)
  }
  return ends.some((end) => end !== undefined && end <= at)
}

const kindOf = { user: 'users', team: 'teams', virtualAccount: 'virtualAccounts' } as const

function activeCaller(caller: Caller, state: State): Caller | Denial {
  const { principal } = caller
  const level = { type: principal.type, id: principal.id }
  const row = rowOf(state, kindOf[principal.type], principal.id)
  if (row === undefined) return denial('principal_unknown', level, { type: 'create_principal', principal })
  if (!isActive(row)) {
    const suspendedBy = row.suspendedBy ?? 'platform'
    return denial('principal_suspended', level, { type: 'activate_principal', principal, suspendedBy })
  }
  return caller
}

/** Returns a denial if the organization is suspended or missing, otherwise `undefined`. */
export function organizationDenial(organization: string, state: State): Denial | undefined {
  const row = rowOf(state, 'organizations', organization)
  if (isActive(row)) return undefined
  const level = { type: 'organization' as const, id: organization }
  return denial('organization_suspended', level, {
    type: 'activate_organization',
    organization,
    suspendedBy: row?.suspendedBy ?? 'platform',
  })
}
