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

/** What a wallet owes for calls with certain tags, or for every call when `only` is `undefined`. */
interface OwedDebt {
  readonly only: readonly string[] | undefined
  readonly owed: bigint
}

/** Returns the debts after some entries, one for each set of tags. Repaid debts are included, with zero. */
export function debtsOf(entries: readonly Entry[]): readonly OwedDebt[] {
  const debts = new Map<string, OwedDebt>()
  for (const { from, to, amount, only } of entries) {
    if (from !== 'overdraft' && to !== 'overdraft') continue
    const name = JSON.stringify(only ?? null)
    const owed = (debts.get(name)?.owed ?? 0n) + (from === 'overdraft' ? amount : -amount)
    debts.set(name, { only, owed })
  }
  return [...debts.values()]
}

/** Whether credits that are restricted to `only` may repay a debt. */
export function mayRepay(only: readonly string[] | undefined, debt: OwedDebt): boolean {
  return only === undefined || only.some((tag) => debt.only?.includes(tag) === true)
}

/** Whether a debt bars calls with these tags. */
export function barsCall({ only, owed }: OwedDebt, tags: readonly string[]): boolean {
  return owed > 0n && (only === undefined || only.some((tag) => tags.includes(tag)))
}

/** Sums entries from the start of a statement. Returns the balance after these entries. */
export function foldEntries(entries: readonly Entry[]): Balance {
  const amounts = Object.fromEntries([...sources, ...sinks].map((bucket) => [bucket, sumOf(entries, bucket)]))
  return { sequence: entries.length, ...amounts } as unknown as Balance
}
