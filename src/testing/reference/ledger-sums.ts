import type { Balance, Bucket, Entry } from '../../port/ledger-result.ts'

/** The buckets that credits come from, and those that tell what became of them. */
export const sources: readonly Bucket[] = ['granted', 'drawn', 'overdraft', 'writtenOff']
export const sinks: readonly Bucket[] = ['available', 'reserved', 'spent', 'expired', 'revoked']

/** What has moved into a bucket, less what has moved out of it; of a source, the other way round. */
export function sumOf(entries: readonly Entry[], bucket: Bucket): bigint {
  let sum = 0n
  for (const { from, to, amount } of entries) {
    if (to === bucket) sum += amount
    if (from === bucket) sum -= amount
  }
  return sources.includes(bucket) ? -sum : sum
}

/** The balance after some entries, from the first on, as the port defines it. */
export function foldEntries(entries: readonly Entry[]): Balance {
  const amounts = Object.fromEntries([...sources, ...sinks].map((bucket) => [bucket, sumOf(entries, bucket)]))
  return { sequence: entries.length, ...amounts } as unknown as Balance
}
