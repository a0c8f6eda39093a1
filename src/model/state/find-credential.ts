import type { Credential } from '../noun/credential.ts'
import { findRow } from '../table/table.ts'
import type { State } from './state.ts'

/**
 * Finds the credential with this digest, either as its current digest or as one that a rotation replaced. The
 * credential may be expired, suspended or revoked: only `authorize` checks whether it is valid.
 */
export function findCredentialByDigest(digest: string, state: State): Credential | undefined {
  const id = findRow(state.index.digests, digest)
  return id === undefined ? undefined : findRow(state.credentials, id)
}
