import { createHash } from 'node:crypto'

/** The digest of a credential's secret. The demo derives secrets from ids; real ones must be random. */
export function digestOf(credential: string): string {
  return createHash('sha256').update(`secret of ${credential}`).digest('hex')
}
