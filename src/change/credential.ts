import { type Credential, previousLimit } from '../model/credential.ts'
import { dropRow, putRow } from '../model/put-row.ts'
import { quote } from '../model/quote.ts'
import type { State } from '../model/state.ts'
import { find, get } from '../model/table.ts'
import { refusePowerExceeded } from './ceiling.ts'
import type { IssueCredential, RevokeCredential, RotateCredential, UpdateCredential } from './command/credential.ts'
import { accept, type Decided, happened, reject, unchanged } from './decided.ts'
import type {
  CredentialDeleted,
  CredentialIssued,
  CredentialRevoked,
  CredentialRotated,
  CredentialUpdated,
} from './event/credential.ts'
import type { Heading } from './heading.ts'
import { refuseNotMember, refuseUnknownTeam } from './membership.ts'
import { refuseExisting, refuseUnknown, refuseUnknownPrincipal } from './reference.ts'
import { type Rejection, rejection } from './rejection.ts'
import { changesOf, patched } from './row.ts'
import { refusePast } from './window.ts'

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
  return accept(happened(command, 'CredentialIssued', { credential, owner, digest, team, scope, name, expiresAt }))
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
  const widens = scope !== undefined || expiresAt !== undefined
  const refused =
    (widens ? refuseOwnerPowers(command, credential, state) : undefined) ??
    refuseUnknown('credential', credential, ['credential'], state) ??
    refuseRevoked(credential, state) ??
    refusePast(expiresAt, at, ['expiresAt'])
  if (refused) return reject(refused)
  const changes = changesOf(get(state.credentials, credential), { name, scope, expiresAt })
  return changes ? accept(happened(command, 'CredentialUpdated', { credential, ...changes })) : unchanged
}

export function credentialUpdated(state: State, { credential, name, scope, expiresAt }: CredentialUpdated): State {
  return putRow(state, 'credentials', patched(get(state.credentials, credential), { name, scope, expiresAt }))
}

/** A digest that is the current one already is accepted without events, so that a rotation may be sent twice. */
export function rotateCredential(command: RotateCredential, state: State): Decided {
  const { at, credential, digest, overlapUntil } = command
  const isCurrent = find(state.credentials, credential)?.digest === digest
  const refused =
    refuseOwnerPowers(command, credential, state) ??
    refuseUnknown('credential', credential, ['credential'], state) ??
    (isCurrent ? undefined : refuseKnownDigest(digest, state)) ??
    refuseRevoked(credential, state) ??
    refusePast(overlapUntil, at, ['overlapUntil'])
  if (refused) return reject(refused)
  if (isCurrent) return unchanged
  return accept(happened(command, 'CredentialRotated', { credential, digest, overlapUntil: overlapUntil ?? at }))
}

export function credentialRotated(state: State, { at, credential, digest, overlapUntil }: CredentialRotated): State {
  const row = get(state.credentials, credential)
  const kept = row.previous
    .filter((previous) => previous.expiresAt > at)
    .map((previous) => ({ ...previous, expiresAt: Math.min(previous.expiresAt, overlapUntil) }))
  const previous = [...kept, { digest: row.digest, expiresAt: overlapUntil }].slice(-previousLimit)
  return putRow(state, 'credentials', { ...row, digest, previous })
}

export function revokeCredential(command: RevokeCredential, state: State): Decided {
  const { credential } = command
  const refused = refuseUnknown('credential', credential, ['credential'], state)
  if (refused) return reject(refused)
  return get(state.credentials, credential).revokedAt === undefined
    ? accept(happened(command, 'CredentialRevoked', { credential }))
    : unchanged
}

export function credentialRevoked(state: State, { at, credential }: CredentialRevoked): State {
  const revoked: Credential = { ...get(state.credentials, credential), revokedAt: at }
  return putRow(state, 'credentials', revoked)
}

export function credentialDeleted(state: State, { credential }: CredentialDeleted): State {
  return dropRow(state, 'credentials', credential)
}

function refuseOwnerPowers(command: Heading, credential: string, state: State): Rejection | undefined {
  const owner = find(state.credentials, credential)?.owner
  return owner && refusePowerExceeded(command, owner, ['credential'], state)
}

/** Refuses a digest that a credential has, replaced ones included. */
export function refuseKnownDigest(digest: string, state: State): Rejection | undefined {
  if (find(state.index.digests, digest) === undefined) return undefined
  return rejection('digest_exists', ['digest'], 'there is a credential with this digest already, make a new secret')
}

/** Refuses a credential that is revoked. */
export function refuseRevoked(credential: string, state: State): Rejection | undefined {
  if (find(state.credentials, credential)?.revokedAt === undefined) return undefined
  const message = `credential ${quote(credential)} is revoked for good, issue another one`
  return rejection('credential_revoked', ['credential'], message, { reference: { type: 'credential', id: credential } })
}
