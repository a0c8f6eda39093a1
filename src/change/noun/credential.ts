import { previousLimit } from '../../model/noun/credential.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { quote } from '../../model/value/quote.ts'
import type {
  IssueCredential,
  RevokeCredential,
  RotateCredential,
  UpdateCredential,
} from '../message/command/credential.ts'
import type { Envelope } from '../message/envelope.ts'
import type {
  CredentialDeleted,
  CredentialIssued,
  CredentialRevoked,
  CredentialRotated,
  CredentialUpdated,
} from '../message/event/credential.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { accept, type Decided, eventOf, reject, unchanged } from '../rule/decided.ts'
import { refusePowerExceeded } from '../rule/delegation.ts'
import { refuseExisting, refuseUnknown, refuseUnknownPrincipal } from '../rule/reference.ts'
import { assign, changeRow, changesOf } from '../rule/row.ts'
import { activate, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { refusePast } from '../rule/window.ts'
import { refuseNotMember, refuseUnknownTeam } from './membership.ts'

export function issueCredential(command: IssueCredential, state: State): Decided {
  const { at, credential, owner, digest, team, scope = { type: 'all' }, name, expiresAt } = command
  const refused =
    refusePowerExceeded(command, owner, ['owner'], state) ??
    refuseUnknownPrincipal(owner, ['owner'], state) ??
    (team === undefined ? undefined : refuseUnknownTeam(command, team, state)) ??
    refuseExisting('credential', credential, ['credential'], state) ??
    refuseKnownDigest(digest, state) ??
    (team === undefined ? undefined : refuseNotMember({ user: owner.id, team }, state)) ??
    refusePast(expiresAt, at, ['expiresAt'])
  if (refused) return reject(refused)
  return accept(eventOf(command, 'CredentialIssued', { credential, owner, digest, team, scope, name, expiresAt }))
}

export function credentialIssued(state: State, event: CredentialIssued): State {
  const { at, credential, owner, digest, team, scope, name, expiresAt } = event
  return putRow(state, 'credentials', {
    id: credential,
    name,
    owner,
    team,
    digest,
    previous: [],
    scope,
    expiresAt,
    createdAt: at,
  })
}

export function updateCredential(command: UpdateCredential, state: State): Decided {
  const { at, credential, name, scope, expiresAt } = command
  const mayWiden = scope !== undefined || expiresAt !== undefined
  const refused =
    (mayWiden ? refuseOwnerPowers(command, credential, state) : undefined) ??
    refuseUnknown('credential', credential, ['credential'], state) ??
    refuseRevoked(credential, state) ??
    refusePast(expiresAt, at, ['expiresAt'])
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.credentials, credential), { name, scope, expiresAt })
  return changes ? accept(eventOf(command, 'CredentialUpdated', { credential, ...changes })) : unchanged
}

export function credentialUpdated(state: State, { credential, name, scope, expiresAt }: CredentialUpdated): State {
  return changeRow(state, 'credentials', credential, (draft) => assign(draft, { name, scope, expiresAt }))
}

/**
 * Decides a `RotateCredential` command. If the digest is already the current digest, accepts without events, so that
 * the command can be retried.
 */
export function rotateCredential(command: RotateCredential, state: State): Decided {
  const { at, credential, digest, overlapUntil } = command
  const isCurrent = findRow(state.credentials, credential)?.digest === digest
  const refused =
    refuseOwnerPowers(command, credential, state) ??
    refuseUnknown('credential', credential, ['credential'], state) ??
    (isCurrent ? undefined : refuseKnownDigest(digest, state)) ??
    refuseRevoked(credential, state) ??
    refusePast(overlapUntil, at, ['overlapUntil'])
  if (refused) return reject(refused)
  if (isCurrent) return unchanged
  return accept(eventOf(command, 'CredentialRotated', { credential, digest, overlapUntil: overlapUntil ?? at }))
}

export function credentialRotated(state: State, { at, credential, digest, overlapUntil }: CredentialRotated): State {
  return changeRow(state, 'credentials', credential, (draft, row) => {
    const valid = row.previous
      .filter((previous) => previous.expiresAt > at)
      .map((previous) => ({ ...previous, expiresAt: Math.min(previous.expiresAt, overlapUntil) }))
    draft.previous = [...valid, { digest: row.digest, expiresAt: overlapUntil }].slice(-previousLimit)
    draft.digest = digest
  })
}

export function revokeCredential(command: RevokeCredential, state: State): Decided {
  const { credential } = command
  const refused = refuseUnknown('credential', credential, ['credential'], state)
  if (refused) return reject(refused)
  return getRow(state.credentials, credential).revokedAt === undefined
    ? accept(eventOf(command, 'CredentialRevoked', { credential }))
    : unchanged
}

export function credentialRevoked(state: State, { at, credential }: CredentialRevoked): State {
  return changeRow(state, 'credentials', credential, (draft) => {
    draft.revokedAt = at
  })
}

export const suspendCredential = suspend('credential', refuseRevokedNamed)
export const credentialSuspended = withSuspension('credential')
export const activateCredential = activate(
  'credential',
  (command, state) => refuseOwnerPowers(command, command.credential, state),
  refuseRevokedNamed,
)
export const credentialActivated = withoutSuspension('credential')

export function credentialDeleted(state: State, { credential }: CredentialDeleted): State {
  return dropRow(state, 'credentials', credential)
}

function refuseOwnerPowers(command: Envelope, credential: string, state: State): Rejection | undefined {
  const owner = findRow(state.credentials, credential)?.owner
  return owner && refusePowerExceeded(command, owner, ['credential'], state)
}

/** Refuses a digest that any credential already has as its current digest or as a replaced digest. */
export function refuseKnownDigest(digest: string, state: State): Rejection | undefined {
  if (findRow(state.index.digests, digest) === undefined) return undefined
  return rejection('digest_exists', ['digest'], 'a credential has this digest already, generate a new secret')
}

function refuseRevokedNamed({ credential }: Pick<RevokeCredential, 'credential'>, state: State): Rejection | undefined {
  return refuseRevoked(credential, state)
}

/** Refuses a revoked credential. */
export function refuseRevoked(credential: string, state: State): Rejection | undefined {
  if (findRow(state.credentials, credential)?.revokedAt === undefined) return undefined
  const message = `credential ${quote(credential)} is revoked for good, issue another one`
  return rejection('credential_revoked', ['credential'], message, { reference: { type: 'credential', id: credential } })
}
