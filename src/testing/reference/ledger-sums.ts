import type { Balance, Bucket, Entry } from '../../port/ledger-result.ts'

/** The buckets from which credits enter a wallet. `sinks` are the buckets where the credits end up. */
export const sources: readonly Bucket[] = ['granted', 'drawn', 'overdraft', 'writtenOff']
export const sinks: readonly Bucket[] = ['available', 'reserved', 'spent', 'expired', 'revoked']

/**
 * Returns the amount in a bucket after some entries. A source bucket grows when credits leave it. A sink grows when
 * credits enter it.
 */
export function sumOf(entries: readonly Entry[], bucket: Bucket): bigint {
  let sum = 0n
  for (const { from, to, amount } of entries) {
    if (to === bucket) sum += amount
    if (from === bucket) sum -= amount
  }
  return sources.includes(bucket) ? -sum : sum
}

/** Sums entries from the start of a statement. Returns the balance after these entries. */
export function foldEntries(entries: readonly Entry[]): Balance {
  const amounts = Object.fromEntries([...sources, ...sinks].map((bucket) => [bucket, sumOf(entries, bucket)]))
  return { sequence: entries.length, ...amounts } as unknown as Balance
}
