import type { Balance, Bucket, Entry } from '../../port/ledger-result.ts'

/** The source buckets, from which credits enter a wallet. `sinks` are the buckets into which the credits go. */
export const sources: readonly Bucket[] = ['granted', 'drawn', 'overdraft', 'writtenOff']
export const sinks: readonly Bucket[] = ['available', 'reserved', 'spent', 'expired', 'revoked']

/**
 * Sums the movements of a bucket over some entries. For a sink: the amount moved in less the amount moved out. For a
 * source: the amount moved out less the amount moved in.
 */
export function sumOf(entries: readonly Entry[], bucket: Bucket): bigint {
  let sum = 0n
  for (const { from, to, amount } of entries) {
    if (to === bucket) sum += amount
    if (from === bucket) sum -= amount
  }
  return sources.includes(bucket) ? -sum : sum
}

/**
 * Sums entries from the start of a statement. Returns the balance after these entries, as the port defines a balance.
 */
export function foldEntries(entries: readonly Entry[]): Balance {
  const amounts = Object.fromEntries([...sources, ...sinks].map((bucket) => [bucket, sumOf(entries, bucket)]))
  return { sequence: entries.length, ...amounts } as unknown as Balance
}
