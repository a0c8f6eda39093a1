import { withEndRecord } from '../../../../ledger/transfer/end-record.ts'

/** A function from the fields of a record to the fields to change. */
type RecordChange = (record: Readonly<Record<string, unknown>>) => object

/**
 * Yields accidentally damaged versions of an export. In each version, one record is dropped, doubled, truncated,
 * altered or swapped, or all records are doubled or reversed.
 */
export function* damagedExports(texts: readonly string[]): Generator<readonly string[], undefined> {
  for (let i = 0; i < texts.length; i += 1) {
    const text = texts[i] as string
    const [before, after] = [texts.slice(0, i), texts.slice(i + 1)]
    yield [...before, ...after]
    yield [...before, text, text, ...after]
    yield before
    yield [...before, text.slice(0, -1), ...after]
    yield [...before, ` ${text}`, ...after]
    yield [...before, text.replace(/[0-9](?=[^0-9]*$)/, (digit) => String((Number(digit) + 1) % 10)), ...after]
    const [next] = after
    if (next !== undefined && next !== text) yield [...before, next, text, ...after.slice(1)]
  }
  yield [...texts, ...texts]
  yield [...texts].reverse()
}

/** Returns a record change that increases one amount by one. */
const more =
  (name: string): RecordChange =>
  (record) => ({ [name]: String(BigInt((record[name] as string | undefined) ?? '0') + 1n) })
const set =
  (name: string, value: unknown): RecordChange =>
  () => ({ [name]: value })

/** Record changes by kind of record. Each change makes an export inconsistent. */
export const recordChanges: readonly (readonly [kind: string, change: RecordChange])[] = [
  ['header', set('version', 2)],
  ['header', set('format', 'another')],
  ['wallet', set('parent', 99)],
  ['wallet', set('funding', 'unknown')],
  ['wallet', ({ balance }) => ({ balance: { ...(balance as object), available: '77' } })],
  ['lot', more('amount')],
  ['lot', more('available')],
  ['lot', set('state', 'scheduled')],
  ['hold', more('amount')],
  ['hold', more('held')],
  ['hold', more('spent')],
  ['hold', set('path', [1])],
  ['hold', set('state', 'held')],
  ['key', set('key', 'another')],
  ['key', set('type', 'refund')],
  ['key', set('request', { amount: '5' })],
  ['entry', more('amount')],
  ['entry', set('amount', '-1')],
  ['entry', set('amount', '9223372036854775808')],
  ['entry', ({ to }) => ({ to: to === 'expired' ? 'revoked' : 'expired' })],
  ['entry', set('lot', 99)],
  ['entry', set('wallet', 99)],
  ['entry', set('at', 8_640_000_000_000_000)],
]

/**
 * Changes the last record of a kind in an export, and recomputes the record count and checksum. Returns `undefined`
 * when the export has no record of this kind.
 */
export function resealed(texts: readonly string[], kind: string, change: RecordChange): readonly string[] | undefined {
  const at = texts.findLastIndex((text) => text.startsWith(`{"record":"${kind}"`))
  if (at < 0) return undefined
  const record = JSON.parse(texts[at] as string) as Record<string, unknown>
  const changed = JSON.stringify({ ...record, ...change(record) })
  return [...withEndRecord([...texts.slice(0, at), changed, ...texts.slice(at + 1, -1)])]
}
