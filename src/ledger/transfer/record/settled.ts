import type { LevelCost, LowBalanceReached, Settled, SoftLimitReached } from '../../../port/ledger-result.ts'
import { amount, flag, list, listOrNone, object, place, sum } from './field.ts'
import type { Place, Places } from './place.ts'

/** The result of a settle or charge, with places instead of wallets. */
export interface ExportedSettled
  extends Omit<Settled, 'ok' | 'replay' | 'levels' | 'softLimitsReached' | 'lowBalancesReached'> {
  readonly levels: readonly (Omit<LevelCost, 'wallet'> & { readonly wallet: Place })[]
  readonly softLimitsReached: readonly (Omit<SoftLimitReached, 'wallet'> & { readonly wallet: Place })[]
  readonly lowBalancesReached: readonly (Omit<LowBalanceReached, 'wallet'> & { readonly wallet: Place })[]
}

const levels = list(
  object<ExportedSettled['levels'][number]>({
    wallet: place,
    fromReserved: sum,
    fromAvailable: sum,
    fromDrawn: sum,
    fromOverdraft: sum,
    fromWrittenOff: sum,
    returned: sum,
    lost: sum,
  }),
)

export const settledField = object<ExportedSettled>({
  isLate: flag,
  levels: { ...levels, schema: levels.schema.refine(({ length }) => length <= 8) },
  softLimitsReached: listOrNone(
    object<ExportedSettled['softLimitsReached'][number]>({ wallet: place, softLimit: amount, used: amount }),
  ),
  lowBalancesReached: listOrNone(
    object<ExportedSettled['lowBalancesReached'][number]>({ wallet: place, threshold: amount, left: sum }),
  ),
})

/** Converts a result for export: replaces every wallet by its place. */
export function withPlaces(
  { isLate, levels, softLimitsReached, lowBalancesReached }: Settled,
  { placeOf }: Places,
): ExportedSettled {
  return {
    isLate,
    levels: levels.map((level) => ({ ...level, wallet: placeOf(level.wallet) })),
    softLimitsReached: softLimitsReached.map((limit) => ({ ...limit, wallet: placeOf(limit.wallet) })),
    lowBalancesReached: lowBalancesReached.map((low) => ({ ...low, wallet: placeOf(low.wallet) })),
  }
}

/** Converts an exported result: replaces every place by its wallet. Returns `undefined` when a place has no wallet. */
export function withWallets(
  { isLate, levels, softLimitsReached, lowBalancesReached }: ExportedSettled,
  places: Places,
): Settled | undefined {
  const resolve = <Row extends { readonly wallet: Place }>(rows: readonly Row[]) =>
    rows.flatMap((row) => {
      const wallet = places.walletAt(row.wallet)
      return wallet === undefined ? [] : [{ ...row, wallet }]
    })
  const settled: Settled = {
    ok: true,
    replay: false,
    isLate,
    levels: resolve(levels),
    softLimitsReached: resolve(softLimitsReached),
    lowBalancesReached: resolve(lowBalancesReached),
  }
  const isComplete =
    settled.levels.length === levels.length &&
    settled.softLimitsReached.length === softLimitsReached.length &&
    settled.lowBalancesReached.length === lowBalancesReached.length
  return isComplete ? settled : undefined
}

/** The error message for a result with a place (wallet position) that is not in the export. */
export const unknownPlace = 'names a wallet that is not in the export'
