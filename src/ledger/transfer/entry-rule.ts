import type { ExportedEntry } from './record/entry.ts'

/** Whether a movement is one of a lot: those that are so sometimes are of a lot unless what was held was drawn. */
type OfLot = 'always' | 'never' | 'sometimes'

/** Every movement that the kernel makes: its type, the two buckets, and whether it is one of a lot. */
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
  ...both(['refunded'], 'spent', ['available', 'overdraft'], 'always'),
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

/** What is wrong with an entry as a movement, if it is none that a ledger makes. */
export function faultOfEntry({ type, from, to, lot, hold }: ExportedEntry): string | undefined {
  const ofLot = movements.get(`${type} ${from} ${to}`)
  if (ofLot === undefined) return `moves from ${from} to ${to}, which nothing ${type} does`
  if (ofLot !== 'sometimes' && (lot !== undefined) !== (ofLot === 'always'))
    return lot === undefined ? 'is of no lot' : 'is of a lot'
  if ((hold === undefined) !== withoutHold.includes(type)) return hold === undefined ? 'is of no hold' : 'is of a hold'
  return undefined
}
