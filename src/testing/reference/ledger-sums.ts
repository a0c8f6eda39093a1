import type { Balance, Bucket, Entry } from '../../port/ledger-result.ts'

/** The buckets that credits come from, and the buckets that they go to. */
export const sources: readonly Bucket[] = ['granted', 'drawn', 'overdraft', 'writtenOff']
export const sinks: readonly Bucket[] = ['available', 'reserved', 'spent', 'expired', 'revoked']

/** The amount that moved into a sink less what moved out of it; for a source, out less in. */
export function sumOf(entries: readonly Entry[], bucket: Bucket): bigint {
  let sum = 0n
  for (const { from, to, amount } of entries) {
    if (to === bucket) sum += amount
    if (from === bucket) sum -= amount
  }
  return sources.includes(bucket) ? -sum : sum
}

/** The balance after the first entries of a statement, as the port defines it. */
export function foldEntries(entries: readonly Entry[]): Balance {
  const amounts = Object.fromEntries([...sources, ...sinks].map((bucket) => [bucket, sumOf(entries, bucket)]))
  return { sequence: entries.length, ...amounts } as unknown as Balance
}
