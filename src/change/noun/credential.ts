import { type Credential, type PreviousDigest, previousLimit } from '../../model/noun/credential.ts'
import { dropRow, putRow } from '../../model/state/put-row.ts'
import type { State } from '../../model/state/state.ts'
import { findRow, getRow } from '../../model/table/table.ts'
import { firstInstant } from '../../model/value/instant.ts'
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
import { isWidening, refuseIssuing } from '../rule/issuing.ts'
import { refuseExisting, refuseUnknown, refuseUnknownPrincipal, refuseUnknownSelectors } from '../rule/reference.ts'
import { assign, changeRow, changesOf } from '../rule/row.ts'
import { activate, suspend, withoutSuspension, withSuspension } from '../rule/status.ts'
import { refusePast } from '../rule/window.ts'
import { refuseNotMember, refuseUnknownTeam } from './membership.ts'

export function issueCredential(command: IssueCredential, state: State): Decided {
  const { at, credential, owner, digest, team, name, expiresAt } = command
  const { scope = { type: 'all' }, operations = { type: 'all' } } = command
  const refused =
    refuseIssuing(command, { owner, scope }, ['owner'], state) ??
    refuseUnknownPrincipal(owner, ['owner'], state) ??
    (team === undefined ? undefined : refuseUnknownTeam(command, team, state)) ??
    refuseUnknownSelectors(scope, state) ??
    refuseExisting('credential', credential, ['credential'], state) ??
    refuseKnownDigest(digest, state) ??
    (team === undefined ? undefined : refuseNotMember({ user: owner.id, team }, state)) ??
    refusePast(expiresAt, at, ['expiresAt'])
  if (refused) return reject(refused)
  return accept(
    eventOf(command, 'CredentialIssued', { credential, owner, digest, team, scope, operations, name, expiresAt }),
  )
}

export function credentialIssued(state: State, event: CredentialIssued): State {
  const { at, actor, credential, owner, digest, team, scope, operations, name, expiresAt } = event
  return putRow(state, 'credentials', {
    id: credential,
    name,
    owner,
    team,
    issuedBy: actor,
    digest,
    previous: [],
    scope,
    operations,
    expiresAt,
    createdAt: at,
    incarnation: state.version + 1,
  })
}

export function updateCredential(command: UpdateCredential, state: State): Decided {
  const { at, credential, name, scope, operations, expiresAt } = command
  const row = findRow(state.credentials, credential)
  const refused =
    (row !== undefined && isWidening(row, command)
      ? refuseIssuing(command, { owner: row.owner, scope: scope ?? row.scope }, ['credential'], state)
      : undefined) ??
    refuseUnknown('credential', credential, ['credential'], state) ??
    refuseUnknownSelectors(scope, state) ??
    refuseRevoked(credential, state) ??
    refusePast(expiresAt, at, ['expiresAt'])
  if (refused) return reject(refused)
  const changes = changesOf(getRow(state.credentials, credential), { name, scope, operations, expiresAt })
  return changes ? accept(eventOf(command, 'CredentialUpdated', { credential, ...changes })) : unchanged
}

export function credentialUpdated(
  state: State,
  { credential, name, scope, operations, expiresAt }: CredentialUpdated,
): State {
  return changeRow(state, 'credentials', credential, (draft) => assign(draft, { name, scope, operations, expiresAt }))
}

/**
 * Decides a `RotateCredential` command. A command with the current digest changes only the overlap and the expiry. If
 * such a command changes nothing, it is accepted without events, so that it can be retried.
 */
export function rotateCredential(command: RotateCredential, state: State): Decided {
  const { at, credential, digest, overlapUntil = at, expiresAt } = command
  const row = findRow(state.credentials, credential)
  const isCurrent = row?.digest === digest
  const refused =
    refuseAccess(command, credential, state) ??
    refuseUnknown('credential', credential, ['credential'], state) ??
    (isCurrent ? undefined : refuseKnownDigest(digest, state)) ??
    refuseRevoked(credential, state) ??
    (isCurrent || expiresAt !== undefined ? undefined : refuseExpired(credential, at, state)) ??
    refusePast(command.overlapUntil, at, ['overlapUntil']) ??
    refusePast(expiresAt, at, ['expiresAt'])
  if (refused) return reject(refused)
  const fields = {
    credential,
    digest,
    overlapUntil,
    ...changesOf(getRow(state.credentials, credential), { expiresAt }),
  }
  return isCurrent && !isRotated({ at, ...fields }, state)
    ? unchanged
    : accept(eventOf(command, 'CredentialRotated', fields))
}

type Rotation = Pick<CredentialRotated, 'at' | 'credential' | 'digest' | 'overlapUntil' | 'expiresAt'>

/**
 * Whether a rotation changes the credential: its digest, its expiry, or the end of the overlap for a replaced digest.
 */
export function isRotated({ at, credential, digest, overlapUntil, expiresAt }: Rotation, state: State): boolean {
  const row = getRow(state.credentials, credential)
  if (row.digest !== digest || changesOf(row, { expiresAt }) !== undefined) return true
  return changesOf(row, { previous: withOverlap(row.previous, at, overlapUntil) }) !== undefined
}

export function credentialRotated(
  state: State,
  { at, credential, digest, overlapUntil, expiresAt }: CredentialRotated,
): State {
  return changeRow(state, 'credentials', credential, (draft, row) => {
    draft.previous =
      row.digest === digest
        ? withOverlap(row.previous, at, overlapUntil)
        : withReplaced(row.previous, { digest: row.digest, expiresAt: endOf(overlapUntil, at) }, at)
    assign(draft, { digest, expiresAt })
  })
}

/**
 * Returns the end of an overlap. Without an overlap, the digest has ended at every instant, so that a node whose clock is
 * behind does not accept a leaked secret for longer.
 */
function endOf(overlapUntil: number, at: number): number {
  return overlapUntil <= at ? firstInstant : overlapUntil
}

/**
 * Returns the replaced digests after a rotation: the earlier ones that are still valid, then the newly replaced one.
 * None is valid beyond the new overlap. Keeps the newest eight.
 */
function withReplaced(previous: Credential['previous'], replaced: PreviousDigest, at: number): Credential['previous'] {
  const valid = previous
    .filter(({ expiresAt }) => expiresAt > at)
    .map((one) => ({ ...one, expiresAt: Math.min(one.expiresAt, replaced.expiresAt) }))
  return [...valid, replaced].slice(-previousLimit)
}

/**
 * Returns the replaced digests after the overlap got a new end. An earlier end shortens every digest, and a later end
 * prolongs only the last replaced digest. A digest that has expired stays as it is.
 */
function withOverlap(previous: Credential['previous'], at: number, overlapUntil: number): Credential['previous'] {
  const end = endOf(overlapUntil, at)
  return previous.map((one, i) => {
    if (one.expiresAt <= at) return one
    const isLast = i === previous.length - 1
    return { ...one, expiresAt: isLast ? end : Math.min(one.expiresAt, end) }
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
  (command, state) => refuseAccess(command, command.credential, state),
  refuseRevokedNamed,
)
export const credentialActivated = withoutSuspension('credential')

export function credentialDeleted(state: State, { credential }: CredentialDeleted): State {
  return dropRow(state, 'credentials', credential)
}

function refuseAccess(command: Envelope, credential: string, state: State): Rejection | undefined {
  const row = findRow(state.credentials, credential)
  return row && refuseIssuing(command, row, ['credential'], state)
}

/** Refuses a digest that any credential already has as its current digest or as a replaced digest. */
export function refuseKnownDigest(digest: string, state: State): Rejection | undefined {
  if (findRow(state.index.digests, digest) === undefined) return undefined
  return rejection('digest_exists', ['digest'], 'a credential has this digest already, generate a new secret')
}

/** Refuses a credential whose expiry is at or before the instant `at`. */
function refuseExpired(credential: string, at: number, state: State): Rejection | undefined {
  const expiresAt = findRow(state.credentials, credential)?.expiresAt
  if (expiresAt === undefined || expiresAt > at) return undefined
  const message = `credential ${quote(credential)} has expired, give the rotation a new \`expiresAt\``
  return rejection('credential_expired', ['expiresAt'], message, { reference: { type: 'credential', id: credential } })
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
