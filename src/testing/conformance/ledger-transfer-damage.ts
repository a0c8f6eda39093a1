import { sealed } from '../../ledger/transfer/sealed.ts'

/** The fields of a record as they are to be. */
type Change = (record: Readonly<Record<string, unknown>>) => object

/** An export with each record dropped, doubled, changed, moved or cut off, and what else may become of it by chance. */
export function* damages(texts: readonly string[]): Generator<readonly string[], undefined> {
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

/** One more of an amount. */
const more =
  (name: string): Change =>
  (record) => ({ [name]: String(BigInt((record[name] as string | undefined) ?? '0') + 1n) })
const set =
  (name: string, value: unknown): Change =>
  () => ({ [name]: value })

/** What somebody may have changed on purpose in a kind of record, so that the whole does not add up. */
export const damageTo: readonly (readonly [kind: string, change: Change])[] = [
  ['header', set('version', 2)],
  ['header', set('format', 'another')],
  ['wallet', set('parent', 99)],
  ['wallet', set('funding', 'nobody')],
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
  ['entry', set('to', 'expired')],
  ['entry', set('lot', 99)],
  ['entry', set('wallet', 99)],
  ['entry', set('at', 8_640_000_000_000_000)],
]

/** An export with the last record of a kind changed, counted and sealed as if it were whole. */
export function resealed(texts: readonly string[], kind: string, change: Change): readonly string[] | undefined {
  const at = texts.findLastIndex((text) => text.startsWith(`{"record":"${kind}"`))
  if (at < 0) return undefined
  const record = JSON.parse(texts[at] as string) as Record<string, unknown>
  const changed = JSON.stringify({ ...record, ...change(record) })
  return [...sealed([...texts.slice(0, at), changed, ...texts.slice(at + 1, -1)])]
}
