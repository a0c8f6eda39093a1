import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { LevelCost, Settled } from '../../../port/ledger-result.ts'
import { bucketOrder } from './entry-code.ts'
import type { CostRow, HoldRow, SliceRow } from './row.ts'

/*
 * What the database keeps of a hold and never asks about: one text of JSON, as short as can be, since every call writes two.
 * Wallets are levels of the path in it, words are their places in the lists below, and an amount is a number as long as
 * JavaScript reads that exactly, and a text beyond.
 */

const origins: readonly HoldRow['origin'][] = ['reserve', 'charge', 'unknown', 'tombstone']
const overruns: readonly HoldRow['overrun'][] = [undefined, 'charge', 'cap', 'reject']
const lates: readonly HoldRow['late'][] = [undefined, 'charge', 'reject']

const exact = BigInt(Number.MAX_SAFE_INTEGER)

function text(amount: bigint): string {
  return amount <= exact ? amount.toString() : `"${amount}"`
}

/** The text of a hold's body. */
export function writeBody(hold: HoldRow): string {
  const { asked, first, minAmount, ttl, tags, order, final, returned, answer } = hold
  const asks = `${origins.indexOf(hold.origin)},${text(asked)},${text(first)},${minAmount === undefined ? null : text(minAmount)}`
  const terms = `${ttl},${tags === undefined ? null : JSON.stringify(tags)},${order}`
  const ends = `${text(final)},${overruns.indexOf(hold.overrun)},${lates.indexOf(hold.late)},${text(returned)}`
  const parts = `[${hold.slices.map(writeSlice).join()}],[${hold.costs.map(writeCost).join()}]`
  return `[${asks},${terms},${ends},${parts},${answer === undefined ? null : writeAnswer(answer)}]`
}

function writeSlice([level, lot, amount]: SliceRow): string {
  return `[${level},${lot},${text(amount)}]`
}

function writeCost([level, from, lot, amount]: CostRow): string {
  return `[${level},${bucketOrder.indexOf(from)},${lot},${text(amount)}]`
}

function writeAnswer({ isLate, levels, crossed }: Settled): string {
  const limits = crossed.map(
    ({ wallet, softLimit, used }) =>
      `[${levels.findIndex((level) => level.wallet === wallet)},${text(softLimit)},${text(used)}]`,
  )
  return `[${isLate},[${levels.map(writeTaken).join()}],[${limits.join()}]]`
}

function writeTaken(taken: LevelCost): string {
  const { fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned, lost } = taken
  const from = `${text(fromReserved)},${text(fromAvailable)},${text(fromDrawn)},${text(fromOverdraft)}`
  return `[${from},${text(fromWrittenOff)},${text(returned)},${text(lost)}]`
}

type AmountText = string | number
type Body = readonly [
  origin: number,
  asked: AmountText,
  first: AmountText,
  minAmount: AmountText | null,
  ttl: number,
  tags: readonly string[] | null,
  order: number,
  final: AmountText,
  overrun: number,
  late: number,
  returned: AmountText,
  slices: readonly (readonly [number, number | null, AmountText])[],
  costs: readonly (readonly [number, number, number | null, AmountText])[],
  answer: AnswerText | null,
]
type AnswerText = readonly [
  isLate: boolean,
  levels: readonly (readonly AmountText[])[],
  crossed: readonly (readonly [level: number, softLimit: AmountText, used: AmountText])[],
]

type BodyFields = Omit<
  HoldRow,
  'id' | 'path' | 'state' | 'amount' | 'held' | 'spent' | 'refunded' | 'createdAt' | 'expiresAt' | 'endedAt'
>

/** What a text of `writeBody` says, given the wallets of the path. */
export function readBody(body: string, wallets: readonly LedgerWallet[]): BodyFields {
  const [origin, asked, first, minAmount, ttl, tags, order, final, overrun, late, returned, slices, costs, answer] =
    JSON.parse(body) as Body
  return {
    origin: origins[origin] as HoldRow['origin'],
    asked: BigInt(asked),
    first: BigInt(first),
    minAmount: minAmount === null ? undefined : BigInt(minAmount),
    ttl,
    tags: tags ?? undefined,
    order,
    final: BigInt(final),
    overrun: overruns[overrun],
    late: lates[late],
    returned: BigInt(returned),
    slices: slices.map(([level, lot, amount]): SliceRow => [level, lot, BigInt(amount)]),
    costs: costs.map(
      ([level, from, lot, amount]): CostRow => [level, bucketOrder[from] as CostRow[1], lot, BigInt(amount)],
    ),
    answer: answer === null ? undefined : readAnswer(answer, wallets),
  }
}

function readAnswer([isLate, levels, crossed]: AnswerText, wallets: readonly LedgerWallet[]): Settled {
  return {
    ok: true,
    replay: false,
    isLate,
    levels: levels.map((amounts, level) => readTaken(amounts, wallets[level] as LedgerWallet)),
    crossed: crossed.map(([level, softLimit, used]) => ({
      wallet: wallets[level] as LedgerWallet,
      softLimit: BigInt(softLimit),
      used: BigInt(used),
    })),
  }
}

function readTaken(amounts: readonly AmountText[], wallet: LedgerWallet): LevelCost {
  const [fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned, lost] = amounts.map(BigInt)
  return { wallet, fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, returned, lost } as LevelCost
}
