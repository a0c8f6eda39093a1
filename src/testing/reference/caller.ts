import type { Credential } from '../../model/noun/credential.ts'
import type { State } from '../../model/state/state.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { DenialLevel, DenialReason, Remedy } from '../../policy/decision/denial.ts'
import type { Who } from '../../policy/request/request.ts'
import { allRows, isActive, rowOf } from './rows.ts'

/** A denial but for the version. */
export interface No {
  readonly reason: DenialReason
  readonly level: DenialLevel
  readonly remedies: readonly Remedy[]
}

/** Who asks, once it is known that they may ask at all. */
export interface Caller {
  readonly principal: Principal
  readonly credential?: Credential
}

/** Whether a value is a denial. */
export function isNo(value: object): value is No {
  return 'reason' in value
}

/** A denial that one remedy turns around. */
export function no(reason: DenialReason, level: DenialLevel, remedy: Remedy): No {
  return { reason, level, remedies: [remedy] }
}

/** Who asks, or why they may not. */
export function callerOf(who: Who, at: number, state: State): Caller | No {
  if (who.type !== 'credential' && who.type !== 'credentialDigest') return activeCaller({ principal: who }, state)
  const credential = allRows(state, 'credentials').find((row) =>
    who.type === 'credential'
      ? row.id === who.id
      : row.digest === who.digest || row.previous.some((previous) => previous.digest === who.digest),
  )
  if (credential === undefined) {
    const level =
      who.type === 'credential' ? { type: 'credential' as const, id: who.id } : { type: 'credential' as const }
    return no('credential_unknown', level, { type: 'issue_credential' })
  }
  const level = { type: 'credential' as const, id: credential.id }
  if (credential.revokedAt !== undefined) return no('credential_revoked', level, { type: 'issue_credential' })
  if (isOver(credential, who, at)) return no('credential_expired', level, { type: 'issue_credential' })
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

function activeCaller(caller: Caller, state: State): Caller | No {
  const { principal } = caller
  const level = { type: principal.type, id: principal.id }
  const row = rowOf(state, kindOf[principal.type], principal.id)
  if (row === undefined) return no('principal_unknown', level, { type: 'create_principal', principal })
  if (!isActive(row)) return no('principal_suspended', level, { type: 'activate_principal', principal })
  return caller
}

/** Why nothing of this organization works, if so. */
export function organizationDenial(organization: string, state: State): No | undefined {
  if (isActive(rowOf(state, 'organizations', organization))) return undefined
  const level = { type: 'organization' as const, id: organization }
  return no('organization_suspended', level, { type: 'activate_organization', organization })
}
