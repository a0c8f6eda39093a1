import { createHash } from 'node:crypto'

/**
 * Returns the digest of a credential's secret. The demo derives each secret from the credential's id; real secrets must
 * be random.
 */
export function digestOf(credential: string): string {
  return createHash('sha256').update(`secret of ${credential}`).digest('hex')
}
