import { createHash } from 'node:crypto'

/** The digest of a credential's secret. The secrets are made up from the credentials' ids; real ones are random. */
export function digestOf(credential: string): string {
  return createHash('sha256').update(`secret of ${credential}`).digest('hex')
}
