import type { LedgerWallet } from '../../model/wallet.ts'
import type { Settled, Taken } from '../../port/ledger-result.ts'
import type { CostRow, HoldRow, SliceRow } from './row.ts'

/*
 * What the database keeps of a hold and never asks about: one text, as short as can be, since every call writes two. Amounts
 * are texts in it, wallets are levels of the path.
 */

type Body = readonly [
  origin: HoldRow['origin'],
  asked: string,
  first: string,
  minAmount: string | null,
  ttl: number,
  tags: readonly string[] | null,
  order: number,
  final: string,
  overrun: NonNullable<HoldRow['overrun']> | null,
  late: NonNullable<HoldRow['late']> | null,
  returned: string,
  slices: readonly (readonly [number, number | null, string])[],
  costs: readonly (readonly [number, CostRow[1], number | null, string])[],
  answer: AnswerText | null,
]
type AnswerText = readonly [
  isLate: boolean,
  levels: readonly (readonly string[])[],
  crossed: readonly (readonly [level: number, softLimit: string, used: string])[],
]

const parts = [
  'fromReserved',
  'fromAvailable',
  'fromDrawn',
  'fromOverdraft',
  'fromWrittenOff',
  'returned',
  'lost',
] as const satisfies readonly (keyof Taken)[]

/** The text of a hold's body. */
export function writeBody(hold: HoldRow): string {
  const body: Body = [
    hold.origin,
    hold.asked.toString(),
    hold.first.toString(),
    hold.minAmount?.toString() ?? null,
    hold.ttl,
    hold.tags ?? null,
    hold.order,
    hold.final.toString(),
    hold.overrun ?? null,
    hold.late ?? null,
    hold.returned.toString(),
    hold.slices.map(([level, lot, amount]) => [level, lot, amount.toString()] as const),
    hold.costs.map(([level, from, lot, amount]) => [level, from, lot, amount.toString()] as const),
    hold.answer === undefined ? null : writeAnswer(hold.answer),
  ]
  return JSON.stringify(body)
}

function writeAnswer({ isLate, levels, crossed }: Settled): AnswerText {
  return [
    isLate,
    levels.map((level) => parts.map((part) => (level[part] as bigint).toString())),
    crossed.map(({ wallet, softLimit, used }) => [
      levels.findIndex((level) => level.wallet === wallet),
      softLimit.toString(),
      used.toString(),
    ]),
  ]
}

type BodyFields = Omit<
  HoldRow,
  'id' | 'path' | 'state' | 'amount' | 'held' | 'spent' | 'refunded' | 'createdAt' | 'expiresAt' | 'endedAt'
>

/** What a text of `writeBody` says, given the wallets of the path. */
export function readBody(text: string, wallets: readonly LedgerWallet[]): BodyFields {
  const [origin, asked, first, minAmount, ttl, tags, order, final, overrun, late, returned, slices, costs, answer] =
    JSON.parse(text) as Body
  return {
    origin,
    asked: BigInt(asked),
    first: BigInt(first),
    minAmount: minAmount === null ? undefined : BigInt(minAmount),
    ttl,
    tags: tags ?? undefined,
    order,
    final: BigInt(final),
    overrun: overrun ?? undefined,
    late: late ?? undefined,
    returned: BigInt(returned),
    slices: slices.map(([level, lot, amount]): SliceRow => [level, lot, BigInt(amount)]),
    costs: costs.map(([level, from, lot, amount]): CostRow => [level, from, lot, BigInt(amount)]),
    answer: answer === null ? undefined : readAnswer(answer, wallets),
  }
}

function readAnswer([isLate, levels, crossed]: AnswerText, wallets: readonly LedgerWallet[]): Settled {
  return {
    ok: true,
    replay: false,
    isLate,
    levels: levels.map((texts, level) => {
      const [fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff, back, lost] = texts.map(BigInt)
      return {
        wallet: wallets[level],
        fromReserved,
        fromAvailable,
        fromDrawn,
        fromOverdraft,
        fromWrittenOff,
        returned: back,
        lost,
      } as Taken
    }),
    crossed: crossed.map(([level, softLimit, used]) => ({
      wallet: wallets[level] as LedgerWallet,
      softLimit: BigInt(softLimit),
      used: BigInt(used),
    })),
  }
}
