import type { WalletLevel } from '../../../model/noun/wallet.ts'
import { buckets } from '../../../port/bucket.ts'
import type { LevelCost, Settled } from '../../../port/ledger-result.ts'
import type { CostRow, HoldRow, SliceRow } from './row.ts'
import { readCall, type StoredCall } from './stored-call.ts'

/*
 * The column `body` of a hold: the fields that no index or condition needs, as one compact JSON array, since every call
 * writes two of them. A wallet is written as its level in the path, a choice as its position in the lists below, and an
 * amount as a number up to 2^53 - 1 and as a string beyond.
 */

const origins: readonly HoldRow['origin'][] = ['reserve', 'charge', 'unknown', 'tombstone']
const overruns: readonly HoldRow['overrun'][] = [undefined, 'charge', 'cap', 'reject']
const lates: readonly HoldRow['late'][] = [undefined, 'charge', 'reject']

const exact = BigInt(Number.MAX_SAFE_INTEGER)

function writeAmount(amount: bigint): string {
  return amount <= exact ? amount.toString() : `"${amount}"`
}

/** The fields of a hold that never change, other than its path and its call. */
type HeadFields = Pick<HoldRow, 'origin' | 'requested' | 'first' | 'minAmount' | 'ttl' | 'order'>

/** Serializes the fields of a hold that never change: the start of its body. `call` is the call as `writeCall` writes it. */
export function writeHead(
  { origin, requested, first, minAmount, ttl, order }: HeadFields,
  call: string | null,
): string {
  const least = minAmount === undefined ? null : writeAmount(minAmount)
  return `[${origins.indexOf(origin)},${writeAmount(requested)},${writeAmount(first)},${least},${ttl},${call},${order}`
}

/** Serializes the fields of a hold for the column `body`. */
export function writeBody({ head, final, overrun, late, returned, slices, costs, answer }: HoldRow): string {
  const ends = `${writeAmount(final)},${overruns.indexOf(overrun)},${lates.indexOf(late)},${writeAmount(returned)}`
  return `${head},${ends},[${join(slices, writeSlice)}],[${join(costs, writeCost)}],${answer === undefined ? null : writeAnswer(answer)}]`
}

/** Writes the items of a list, of which most have one. */
function join<Item>(items: readonly Item[], write: (item: Item) => string): string {
  const [first] = items
  if (first === undefined) return ''
  return items.length === 1 ? write(first) : items.map(write).join()
}

function writeSlice([level, lot, amount]: SliceRow): string {
  return `[${level},${lot},${writeAmount(amount)}]`
}

function writeCost([level, from, lot, amount, sequence, refunded, only]: CostRow): string {
  const rest = only === undefined ? '' : `,${JSON.stringify(only)}`
  const more = refunded === 0n && only === undefined ? '' : `,${writeAmount(refunded)}${rest}`
  return `[${level},${buckets.indexOf(from)},${lot},${writeAmount(amount)},${sequence}${more}]`
}

function writeAnswer({ isLate, levels, softLimitsReached, lowBalancesReached }: Settled): string {
  const levelOf = (one: WalletLevel) => levels.findIndex(({ wallet }) => wallet === one)
  const limits = join(
    softLimitsReached,
    ({ wallet, softLimit, used }) => `[${levelOf(wallet)},${writeAmount(softLimit)},${writeAmount(used)}]`,
  )
  const lows = join(
    lowBalancesReached,
    ({ wallet, threshold, left }) => `[${levelOf(wallet)},${writeAmount(threshold)},${writeAmount(left)}]`,
  )
  return `[${isLate},[${join(levels, writeLevelCost)}],[${limits}],[${lows}]]`
}

function writeLevelCost(cost: LevelCost): string {
  const { fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned, lost } = cost
  const from = `${writeAmount(fromReserved)},${writeAmount(fromAvailable)},${writeAmount(fromDrawn)},${writeAmount(fromOverdraft)}`
  return `[${from},${writeAmount(fromWrittenOff)},${writeAmount(returned)},${writeAmount(lost)}]`
}

type StoredAmount = string | number
type Body = readonly [
  origin: number,
  requested: StoredAmount,
  first: StoredAmount,
  minAmount: StoredAmount | null,
  ttl: number,
  call: StoredCall | null,
  order: number,
  final: StoredAmount,
  overrun: number,
  late: number,
  returned: StoredAmount,
  slices: readonly (readonly [number, number | null, StoredAmount])[],
  costs: readonly (readonly [
    number,
    number,
    number | null,
    StoredAmount,
    number,
    StoredAmount?,
    (readonly string[])?,
  ])[],
  answer: StoredAnswer | null,
]
type StoredAnswer = readonly [
  isLate: boolean,
  levels: readonly (readonly StoredAmount[])[],
  softLimitsReached: readonly (readonly [level: number, softLimit: StoredAmount, used: StoredAmount])[],
  lowBalancesReached: readonly (readonly [level: number, threshold: StoredAmount, left: StoredAmount])[],
]

/** The index of the slices in the JSON array of a body. Each slice is `[level, ordinal of the lot, amount]`. */
export const slicesPlace = 11

type BodyFields = Omit<
  HoldRow,
  'id' | 'path' | 'state' | 'amount' | 'held' | 'spent' | 'refunded' | 'createdAt' | 'expiresAt' | 'endedAt'
>

/** Parses a body written by `writeBody`. `wallets` contains the wallets of the hold's path, the lowest first. */
export function readBody(body: string, wallets: readonly WalletLevel[]): BodyFields {
  const [origin, requested, first, minAmount, ttl, call, order, final, overrun, late, returned, slices, costs, answer] =
    JSON.parse(body) as Body
  const fields = {
    origin: origins[origin] as HoldRow['origin'],
    requested: BigInt(requested),
    first: BigInt(first),
    minAmount: minAmount === null ? undefined : BigInt(minAmount),
    ttl,
    order,
  }
  return {
    ...fields,
    head: writeHead(fields, call === null ? null : JSON.stringify(call)),
    call: call === null ? undefined : readCall(call, (place) => wallets[place]),
    final: BigInt(final),
    overrun: overruns[overrun],
    late: lates[late],
    returned: BigInt(returned),
    slices: slices.map(([level, lot, amount]): SliceRow => [level, lot, BigInt(amount)]),
    costs: costs.map(
      ([level, from, lot, amount, sequence, refunded = 0, only]): CostRow => [
        level,
        buckets[from] as CostRow[1],
        lot,
        BigInt(amount),
        sequence,
        BigInt(refunded),
        only,
      ],
    ),
    answer: answer === null ? undefined : readAnswer(answer, wallets),
  }
}

function readAnswer(
  [isLate, levels, softLimitsReached, lowBalancesReached]: StoredAnswer,
  wallets: readonly WalletLevel[],
): Settled {
  return {
    ok: true,
    replay: false,
    isLate,
    levels: levels.map((amounts, level) => readLevelCost(amounts, wallets[level] as WalletLevel)),
    softLimitsReached: softLimitsReached.map(([level, softLimit, used]) => ({
      wallet: wallets[level] as WalletLevel,
      softLimit: BigInt(softLimit),
      used: BigInt(used),
    })),
    lowBalancesReached: lowBalancesReached.map(([level, threshold, left]) => ({
      wallet: wallets[level] as WalletLevel,
      threshold: BigInt(threshold),
      left: BigInt(left),
    })),
  }
}

function readLevelCost(amounts: readonly StoredAmount[], wallet: WalletLevel): LevelCost {
  const [fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned, lost] = amounts.map(BigInt)
  return { wallet, fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned, lost } as LevelCost
}
