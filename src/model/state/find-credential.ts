import type { Credential } from '../noun/credential.ts'
import { findRow } from '../table/table.ts'
import type { State } from './state.ts'

/**
 * Finds the credential that has a digest as its current digest, or as one that a rotation replaced. Finds a credential
 * that is expired, suspended or revoked, too: only `authorize` decides whether it is valid.
 */
export function findCredentialByDigest(digest: string, state: State): Credential | undefined {
  const id = findRow(state.index.digests, digest)
  return id === undefined ? undefined : findRow(state.credentials, id)
}
