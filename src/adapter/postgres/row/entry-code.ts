import { type EntryKind, meaningOf } from '../../../ledger/storage/entry-kind.ts'
import { type Bucket, buckets, type EntryType, entryTypes } from '../../../port/bucket.ts'
import type { Entry } from '../../../port/ledger-result.ts'

/*
 * The column `code` of a stored entry: 100 times the position of its type, plus 10 times the position of the bucket that
 * credits leave, plus the position of the bucket that they enter.
 */

const codes = new Map<EntryKind, number>()

/** Returns the entry code of an entry kind: one number for the type, the source bucket and the destination bucket. */
export function entryCodeOf(kind: EntryKind): number {
  const known = codes.get(kind)
  if (known !== undefined) return known
  const { type, from, to } = meaningOf(kind)
  const code = entryTypes.indexOf(type) * 100 + buckets.indexOf(from) * 10 + buckets.indexOf(to)
  codes.set(kind, code)
  return code
}

/** Decodes an entry code into the entry type, the source bucket (`from`) and the destination bucket (`to`). */
export function readEntryCode(code: number): Pick<Entry, 'type' | 'from' | 'to'> {
  return {
    type: entryTypes[Math.floor(code / 100)] as EntryType,
    from: buckets[Math.floor(code / 10) % 10] as Bucket,
    to: buckets[code % 10] as Bucket,
  }
}

const spentDigit = buckets.indexOf('spent')

/** Whether an entry code stands for a cost: credits enter `spent`. */
export function isCost(code: number): boolean {
  return code % 10 === spentDigit
}

/** SQL: whether an entry code stands for a cost. `code` is an SQL expression for the entry code. */
export const sqlIsCost = (code: string): string => `${sqlTargetOf(code)} = ${spentDigit}`

/** SQL: the index of an entry's type in `entryTypes`. `code` is an SQL expression for the entry code. */
export const sqlTypeOf = (code: string): string => `${code} / 100`
/** SQL: the index of an entry's source bucket in `buckets`. `code` is an SQL expression for the entry code. */
export const sqlSourceOf = (code: string): string => `${code} / 10 % 10`
/** SQL: the index of an entry's destination bucket in `buckets`. `code` is an SQL expression for the entry code. */
export const sqlTargetOf = (code: string): string => `${code} % 10`
