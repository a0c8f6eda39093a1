import { createHash } from 'node:crypto'

/** Returns the secret of a credential. The demo derives it from the credential's id; real secrets must be random. */
export function secretOf(credential: string): string {
  return `secret of ${credential}`
}

/** Returns the digest of a credential's secret, which the policy stores. */
export function digestOf(credential: string): string {
  return createHash('sha256').update(secretOf(credential)).digest('hex')
}
