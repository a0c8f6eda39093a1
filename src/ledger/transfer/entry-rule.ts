import type { ExportedEntry } from './record/entry.ts'

/**
 * Whether an entry must name a lot (a grant or allowance period). `sometimes`: only if the held credits came from a lot
 * and not from the bucket `drawn`, or if refunded credits repay overdraft and do not cancel it.
 */
type OfLot = 'always' | 'never' | 'sometimes'

/**
 * Every form of entry that the kernel can post. `movement` is the entry type and the two buckets. `ofLot` states
 * whether the entry must name a lot.
 */
const rules: readonly (readonly [movement: string, ofLot: OfLot])[] = [
  ...both(['granted'], 'granted', ['available', 'overdraft', 'expired'], 'always'),
  ...both(['reserved'], 'available', ['reserved'], 'always'),
  ...both(['reserved'], 'drawn', ['reserved'], 'never'),
  ...both(['settled'], 'reserved', ['spent'], 'sometimes'),
  ...both(['settled', 'charged'], 'available', ['spent'], 'always'),
  ...both(['settled', 'charged'], 'drawn', ['spent'], 'never'),
  ...both(['settled', 'charged'], 'overdraft', ['spent'], 'never'),
  ...both(['settled', 'charged'], 'writtenOff', ['spent'], 'never'),
  ...both(['settled', 'released', 'lapsed'], 'reserved', ['available', 'overdraft', 'expired', 'revoked'], 'always'),
  ...both(['settled', 'released', 'lapsed'], 'reserved', ['drawn'], 'never'),
  ...both(['refunded'], 'spent', ['available', 'expired', 'revoked'], 'always'),
  ...both(['refunded'], 'spent', ['overdraft'], 'sometimes'),
  ...both(['refunded'], 'spent', ['writtenOff', 'drawn'], 'never'),
  ...both(['expired'], 'available', ['expired'], 'always'),
  ...both(['revoked'], 'available', ['revoked'], 'always'),
]

function both(
  types: readonly ExportedEntry['type'][],
  from: ExportedEntry['from'],
  to: readonly ExportedEntry['to'][],
  ofLot: OfLot,
): readonly (readonly [string, OfLot])[] {
  return types.flatMap((type) => to.map((one): [string, OfLot] => [`${type} ${from} ${one}`, ofLot]))
}

const movements: ReadonlyMap<string, OfLot> = new Map(rules)
const withoutHold: readonly ExportedEntry['type'][] = ['granted', 'expired', 'revoked']

/** Returns why an entry is impossible, or `undefined` for an entry that the kernel can post. */
export function faultOfEntry({ type, from, to, lot, hold, call, only, refunds }: ExportedEntry): string | undefined {
  const ofLot = movements.get(`${type} ${from} ${to}`)
  if (ofLot === undefined) return `moves credits from ${from} to ${to}, which no entry of type ${type} does`
  if (ofLot !== 'sometimes' && (lot !== undefined) !== (ofLot === 'always'))
    return lot === undefined ? 'must name a lot' : 'must not name a lot'
  if ((hold === undefined) !== withoutHold.includes(type))
    return hold === undefined ? 'must name a hold' : 'must not name a hold'
  if ((hold === undefined) !== (call === undefined)) return 'must name the call of its hold, and no other call'
  if ((refunds === undefined) === (type === 'refunded'))
    return refunds === undefined ? 'must name the entry that it refunds' : 'must not name an entry that it refunds'
  if (only !== undefined && ((from !== 'overdraft' && to !== 'overdraft') || !isSorted(only)))
    return 'has tags of overdraft that do not match its buckets, or are not sorted'
  return undefined
}

function isSorted(tags: readonly string[]): boolean {
  const sorted = [...tags].sort()
  return tags.every((tag, i) => tag === sorted[i])
}
