import type { HashSeed } from '../../ledger/storage/id-index.ts'

/** Returns a random seed for the hash tables of a ledger, from a cryptographic source. */
export function randomSeed(): HashSeed {
  const [one = 0, other = 0] = crypto.getRandomValues(new Uint32Array(2))
  return [one, other]
}
