import type { Instant } from '../../model/value/instant.ts'
import type { Bucket, LevelCost, Settled } from '../../port/ledger-result.ts'
import { holdLimit } from '../operation/reserve.ts'
import { type Burning, burnOrder } from '../storage/burn-order.ts'
import type { ImportedLot, ImportedWallet } from './imported-wallet.ts'
import type { ExportedEntry } from './record/entry.ts'
import type { ExportedHold } from './record/hold.ts'
import type { Place } from './record/place.ts'

/** An entry of a hold. `level` is the index of the wallet in the hold's path. */
export interface HoldEntry extends Pick<ExportedEntry, 'type' | 'from' | 'to' | 'amount' | 'lot' | 'only' | 'refunds'> {
  readonly level: number
  /** The number of the entry within its wallet. */
  readonly sequence: number
}

/**
 * Credits that a hold reserves at one wallet. `level` is the index of the wallet in the hold's path. `lot` is the
 * source of the credits, or `undefined` for the bucket `drawn`.
 */
export interface ExportedSlice {
  readonly level: number
  readonly lot: Place | undefined
  amount: bigint
}

/** A hold during an import: its record, and its entries read so far. */
export class ImportedHold {
  readonly row: ExportedHold
  readonly entries: HoldEntry[] = []
  /** The sources of the held amount, sorted by level and then in burn order. Empty until `findFault` has run. */
  slices: readonly ExportedSlice[] = []
  readonly #parts: Settled[] = []

  constructor(row: ExportedHold) {
    this.row = row
  }

  /** The amount of the hold's final settle or charge. Zero for a hold that was not settled. */
  get final(): bigint {
    const { answer, path, final } = this.row
    if (path.length === 0) return final
    return answer?.levels[0] === undefined ? 0n : costOf(answer.levels[0])
  }

  /**
   * Whether an entry of the hold's id belongs to the hold, and not to a forgotten hold with the same id. That hold has
   * entries before the creation of this hold, and refunds of them.
   */
  isOwn({ at, wallet, refunds }: ExportedEntry): boolean {
    if (refunds === undefined) return this.row.createdAt <= at
    const level = this.row.path.indexOf(wallet)
    return this.entries.some((entry) => entry.level === level && entry.sequence <= refunds)
  }

  /** Adds the result of one partial settle, which the record of an idempotency key contains. */
  addPart(part: Settled): void {
    this.#parts.push(part)
  }

  /** Compares the record of the hold with its entries. Returns the first contradiction, or `undefined`. */
  findFault(wallets: readonly ImportedWallet[]): string | undefined {
    const { row } = this
    const levels = row.path.map((_, level) => this.entries.filter((entry) => entry.level === level))
    const slices: ExportedSlice[] = []
    for (const [level, entries] of levels.entries()) {
      if (sum(entries, ({ type }) => type === 'reserved') !== row.amount)
        return 'has an amount that differs from its entries'
      if (sum(entries, ({ to }) => to === 'spent') !== row.spent) return 'has a cost that differs from its entries'
      if (sum(entries, ({ from }) => from === 'spent') !== row.refunded)
        return 'has refunds that differ from its entries'
      const left = slicesOf(entries, level, wallets[(row.path[level] ?? 0) - 1]?.lots ?? [])
      if (left === undefined) return 'returns or spends credits that it did not reserve'
      if (left.reduce((total, { amount }) => total + amount, 0n) !== row.held)
        return 'has a held amount that differs from its entries'
      slices.push(...left)
      const fault = this.#findFaultOfAnswer(entries, level)
      if (fault !== undefined) return fault
    }
    this.slices = slices
    if (levels.length === 0) return faultOfUnbooked(row)
    if (sum(levels[0] ?? [], ({ type }) => type === 'released') !== row.returned)
      return 'has a returned amount that differs from its entries'
    return undefined
  }

  /**
   * Compares the settle results of the hold with its entries at one level of the path. Returns the first contradiction,
   * or `undefined`.
   */
  #findFaultOfAnswer(entries: readonly HoldEntry[], level: number): string | undefined {
    const { origin, answer } = this.row
    const cost = origin === 'charge' ? 'charged' : 'settled'
    if (entries.some(({ type, to }) => to === 'spent' && type !== cost))
      return `has a cost entry that is not of type ${cost}`
    const said = [...(answer === undefined ? [] : [answer]), ...this.#parts].map(({ levels }) => levels[level])
    for (const [field, bucket] of sources) {
      const moved = sum(entries, ({ from, to }) => to === 'spent' && from === bucket)
      if (said.reduce((total, one) => total + (one?.[field] ?? 0n), 0n) > moved)
        return 'has a result that exceeds its entries'
    }
    const settled = entries.filter(({ type }) => type === 'settled')
    const lost = sum(settled, ({ to }) => to === 'expired' || to === 'revoked')
    const back = sum(settled, ({ from, to }) => from === 'reserved' && to !== 'spent')
    const { returned = 0n, lost: saidLost = 0n } = answer?.levels[level] ?? {}
    return returned === back - lost && saidLost === lost
      ? undefined
      : 'has a result whose returned amount differs from its entries'
  }
}

/** Checks a hold that is booked at no wallet, and therefore has no entries. Returns the problem, or `undefined`. */
function faultOfUnbooked({ state, amount, held, spent, refunded, returned, final }: ExportedHold): string | undefined {
  const isPossible =
    held + returned <= amount &&
    (state === 'held' || held === 0n) &&
    (state === 'released' || returned === 0n) &&
    refunded <= spent &&
    final <= (state === 'settled' ? spent : 0n)
  return isPossible ? undefined : 'has amounts that no hold can have'
}

const sources: readonly (readonly [keyof LevelCost & `from${string}`, Bucket])[] = [
  ['fromReserved', 'reserved'],
  ['fromAvailable', 'available'],
  ['fromDrawn', 'drawn'],
  ['fromOverdraft', 'overdraft'],
  ['fromWrittenOff', 'writtenOff'],
]

/** Returns the total cost in a result for one level of the path. */
function costOf({ fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff }: LevelCost): bigint {
  return fromReserved + fromAvailable + fromDrawn + fromOverdraft + fromWrittenOff
}

function sum(entries: readonly HoldEntry[], isMeant: (entry: HoldEntry) => boolean): bigint {
  return entries.reduce((total, entry) => (isMeant(entry) ? total + entry.amount : total), 0n)
}

/**
 * Replays the entries of a hold at one level of the path. Returns the credits still reserved, as slices in burn order.
 * `undefined` when the entries are inconsistent.
 */
function slicesOf(
  entries: readonly HoldEntry[],
  level: number,
  lots: readonly ImportedLot[],
): readonly ExportedSlice[] | undefined {
  const slices: ExportedSlice[] = []
  const burningAt = (place: Place | undefined): Burning | undefined => {
    const row = place === undefined ? undefined : lots[place - 1]?.row
    return row && { ...row, order: place ?? 0 }
  }
  for (const { type, from, lot, amount } of entries) {
    if (type === 'reserved') {
      const added = burningAt(lot)
      const later = slices.findIndex((one) => burnsBefore(added, burningAt(one.lot)))
      slices.splice(later < 0 ? slices.length : later, 0, { level, lot, amount })
    }
    if (from !== 'reserved') continue
    const [first] = slices
    if (first === undefined || first.lot !== lot || first.amount < amount) return undefined
    first.amount -= amount
    if (first.amount === 0n) slices.shift()
  }
  return slices
}

function burnsBefore(one: Burning | undefined, other: Burning | undefined): boolean {
  return one !== undefined && other !== undefined && burnOrder(one, other) < 0
}

/** Checks the record of a hold without regard to other records. Returns the first inconsistency, or `undefined`. */
export function faultOfHold(hold: ExportedHold, at: Instant): string | undefined {
  const { origin, path, call, state, answer, endedAt, createdAt, expiresAt, overrun, late } = hold
  if (new Set(path).size !== path.length) return 'has a wallet twice in its path'
  if (origin === 'tombstone' ? path.length > 0 : call === undefined) return 'has a path that does not match its origin'
  const isUnderWay = state === 'held'
  if (isUnderWay !== endedAt < 0 || (isUnderWay && origin !== 'reserve'))
    return 'has a state that does not match its end'
  if (createdAt > at || endedAt > at || (!isUnderWay && endedAt < createdAt))
    return 'has an instant outside the allowed time'
  if (!isOnTime(hold)) return 'has an impossible end'
  if (expiresAt < createdAt || expiresAt > createdAt + holdLimit) return 'has an impossible expiry'
  if ((state === 'settled') !== (answer !== undefined)) return 'has a result that does not match its state'
  if (answer === undefined && (overrun !== undefined || late !== undefined))
    return 'has settle options without a settle'
  return origin === 'reserve' ? faultOfReserve(hold) : faultOfOther(hold)
}

function faultOfReserve({ requested, minAmount = requested, ttl, first, amount }: ExportedHold): string | undefined {
  if (requested === 0n || ttl === 0 || minAmount > requested) return 'has an impossible request'
  return first < minAmount || first > requested || amount < first
    ? 'has an amount that does not match its request'
    : undefined
}

/** Whether the instant at which a hold ended, and `isLate` of its settle, agree with its expiry. */
function isOnTime({ origin, state, answer, endedAt, expiresAt }: ExportedHold): boolean {
  if (origin !== 'reserve') return answer === undefined || answer.isLate === (origin === 'unknown')
  if (state === 'lapsed') return endedAt === expiresAt
  return answer === undefined || answer.isLate === endedAt >= expiresAt
}

function faultOfOther(hold: ExportedHold): string | undefined {
  if (hold.origin === 'tombstone') return faultOfTombstone(hold)
  const { origin, state, requested, minAmount, ttl, first, amount, overrun, late } = hold
  if (requested !== 0n || minAmount !== undefined || ttl !== 0 || first !== 0n || amount !== 0n)
    return 'has request fields that only a reservation has'
  if (origin !== 'charge') return undefined
  return state === 'settled' && overrun === undefined && late === undefined
    ? undefined
    : 'is a charge that is not settled'
}

/**
 * Checks the record of a tombstone. Returns the problem, or `undefined`. A valid tombstone has zero amounts, and ends
 * at the instant of its creation.
 */
function faultOfTombstone(hold: ExportedHold): string | undefined {
  const { state, requested, minAmount, ttl, call, createdAt, expiresAt, endedAt } = hold
  const { first, amount, held, spent, refunded, returned, final } = hold
  const isNothing = requested + (minAmount ?? 0n) + first + amount + held + spent + refunded + returned + final === 0n
  const isAtOnce = ttl === 0 && createdAt === endedAt && expiresAt === endedAt
  return state === 'released' && isNothing && isAtOnce && call === undefined
    ? undefined
    : 'is a tombstone with other fields set'
}

/**
 * Checks the result of a settle without regard to other records. `cost` is the expected cost at every level. Returns
 * the first inconsistency, or `undefined`.
 */
export function faultOfAnswer(
  { levels, softLimitsReached, lowBalancesReached }: Settled,
  cost: bigint,
): string | undefined {
  if (levels.some((level) => costOf(level) !== cost)) return 'has a result with another cost'
  const wallets = new Set(levels.map(({ wallet }) => wallet))
  if (
    wallets.size !== levels.length ||
    [...softLimitsReached, ...lowBalancesReached].some(({ wallet }) => !wallets.has(wallet))
  )
    return 'has a result with a level outside its path'
  if (lowBalancesReached.some(({ threshold, left }) => left >= threshold))
    return 'has a result with a low balance that was not reached'
  return softLimitsReached.some(({ softLimit, used }) => used < softLimit)
    ? 'has a result with a soft limit that was not reached'
    : undefined
}
