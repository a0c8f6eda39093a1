import type { Instant } from '../../model/value/instant.ts'
import type { Bucket, LevelCost, Settled } from '../../port/ledger-result.ts'
import { holdLimit } from '../operation/reserve.ts'
import { type Burning, burnOrder } from '../storage/burn-order.ts'
import type { ExportedEntry } from './record/entry.ts'
import type { ExportedHold } from './record/hold.ts'
import type { Place } from './record/place.ts'
import type { LotTally, WalletTally } from './wallet-tally.ts'

/** An entry of a hold, at one level of its path. */
export interface HoldEntry extends Pick<ExportedEntry, 'type' | 'from' | 'to' | 'amount' | 'lot'> {
  readonly level: number
}

/** Credits that a hold holds: the level, the lot if they are of one, and how much. */
export interface ExportedSlice {
  readonly level: number
  readonly lot: Place | undefined
  amount: bigint
}

/** A hold that is being read: what its record says, and what its entries come to. */
export class HoldTally {
  readonly row: ExportedHold
  readonly entries: HoldEntry[] = []
  /** Where what is held is from: the lowest level first, and at each level in burn order. Known at the end. */
  slices: readonly ExportedSlice[] = []
  readonly #parts: Settled[] = []

  constructor(row: ExportedHold) {
    this.row = row
  }

  /** What it was settled for at its end. */
  get final(): bigint {
    const { answer } = this.row
    return answer?.levels[0] === undefined ? 0n : costOf(answer.levels[0])
  }

  /** Notes the answer to a part settle that is still known. */
  addPart(part: Settled): void {
    this.#parts.push(part)
  }

  /** What its record says that its entries do not. */
  findFault(wallets: readonly WalletTally[]): string | undefined {
    const { row } = this
    const levels = row.path.map((_, level) => this.entries.filter((entry) => entry.level === level))
    const slices: ExportedSlice[] = []
    for (const [level, entries] of levels.entries()) {
      if (sum(entries, ({ type }) => type === 'reserved') !== row.amount) return 'does not hold what its entries held'
      if (sum(entries, ({ to }) => to === 'spent') !== row.spent) return 'has not cost what its entries cost'
      if (sum(entries, ({ from }) => from === 'spent') !== row.refunded) return 'was not refunded what its entries were'
      const left = slicesOf(entries, level, wallets[(row.path[level] ?? 0) - 1]?.lots ?? [])
      if (left === undefined) return 'gives back or spends what it did not take'
      if (left.reduce((total, { amount }) => total + amount, 0n) !== row.held) return 'does not hold what is left'
      slices.push(...left)
      const fault = this.#findFaultOfAnswer(entries, level)
      if (fault !== undefined) return fault
    }
    this.slices = slices
    if (sum(levels[0] ?? [], ({ type }) => type === 'released') !== row.returned)
      return 'did not give back what it is said to'
    return undefined
  }

  /** The answers to its settles are told by what was moved, and what they tell was. */
  #findFaultOfAnswer(entries: readonly HoldEntry[], level: number): string | undefined {
    const { origin, answer } = this.row
    const cost = origin === 'charge' ? 'charged' : 'settled'
    if (entries.some(({ type, to }) => to === 'spent' && type !== cost)) return `has cost what was not ${cost}`
    const said = [...(answer === undefined ? [] : [answer]), ...this.#parts].map(({ levels }) => levels[level])
    for (const [field, bucket] of sources) {
      const moved = sum(entries, ({ from, to }) => to === 'spent' && from === bucket)
      if (said.reduce((total, one) => total + (one?.[field] ?? 0n), 0n) > moved)
        return 'was answered with what its entries did not take'
    }
    const settled = entries.filter(({ type }) => type === 'settled')
    const lost = sum(settled, ({ to }) => to === 'expired' || to === 'revoked')
    const back = sum(settled, ({ from, to }) => from === 'reserved' && to !== 'spent')
    const { returned = 0n, lost: saidLost = 0n } = answer?.levels[level] ?? {}
    return returned === back - lost && saidLost === lost ? undefined : 'was answered with what it did not give back'
  }
}

const sources: readonly (readonly [keyof LevelCost & `from${string}`, Bucket])[] = [
  ['fromReserved', 'reserved'],
  ['fromAvailable', 'available'],
  ['fromDrawn', 'drawn'],
  ['fromOverdraft', 'overdraft'],
  ['fromWrittenOff', 'writtenOff'],
]

/** What a cost came to at a level. */
function costOf({ fromReserved, fromAvailable, fromDrawn, fromOverdraft, fromWrittenOff }: LevelCost): bigint {
  return fromReserved + fromAvailable + fromDrawn + fromOverdraft + fromWrittenOff
}

function sum(entries: readonly HoldEntry[], isMeant: (entry: HoldEntry) => boolean): bigint {
  return entries.reduce((total, entry) => (isMeant(entry) ? total + entry.amount : total), 0n)
}

/** What is left of what was taken, when what burns first goes first. */
function slicesOf(
  entries: readonly HoldEntry[],
  level: number,
  lots: readonly LotTally[],
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

/** What is wrong with a hold by itself, whatever its entries are. */
export function faultOfHold(hold: ExportedHold, at: Instant): string | undefined {
  const { origin, path, state, answer, endedAt, createdAt, expiresAt, overrun, late } = hold
  if (new Set(path).size !== path.length) return 'is twice on a level'
  if ((path.length === 0) !== (origin === 'tombstone')) return 'has no path, or one that it cannot have'
  const isUnderWay = state === 'held'
  if (isUnderWay !== endedAt < 0 || (isUnderWay && origin !== 'reserve')) return 'is not under way, or has not ended'
  if (createdAt > at || endedAt > at || (!isUnderWay && endedAt < createdAt)) return 'is out of time'
  if (!isOnTime(hold)) return 'ended at an instant that it cannot'
  if (expiresAt < createdAt || expiresAt > createdAt + holdLimit) return 'lapses at an instant that it cannot'
  if ((state === 'settled') !== (answer !== undefined)) return 'has an answer without a settle, or none to one'
  if (answer === undefined && (overrun !== undefined || late !== undefined))
    return 'says how it was settled, but was not'
  return origin === 'reserve' ? faultOfReserve(hold) : faultOfOther(hold)
}

function faultOfReserve({ asked, minAmount = asked, ttl, first, amount }: ExportedHold): string | undefined {
  if (asked === 0n || ttl === 0 || minAmount > asked) return 'asks for what nobody can'
  return first < minAmount || first > asked || amount < first ? 'was given what it did not ask for' : undefined
}

/** Whether a hold ended when, and as late as, it is said to. */
function isOnTime({ origin, state, answer, endedAt, expiresAt }: ExportedHold): boolean {
  if (origin !== 'reserve') return answer === undefined || answer.isLate === (origin === 'unknown')
  if (state === 'lapsed') return endedAt === expiresAt
  return answer === undefined || answer.isLate === endedAt >= expiresAt
}

function faultOfOther(hold: ExportedHold): string | undefined {
  if (hold.origin === 'tombstone') return faultOfTombstone(hold)
  const { origin, state, asked, minAmount, ttl, first, amount, overrun, late, tags } = hold
  if (asked !== 0n || minAmount !== undefined || ttl !== 0 || first !== 0n || amount !== 0n)
    return 'asks for what only a reservation can'
  if (origin !== 'charge') return tags === undefined ? undefined : 'has tags that it cannot have'
  return state === 'settled' && overrun === undefined && late === undefined ? undefined : 'is a charge with another end'
}

/** A hold that was never made has nothing but its end. */
function faultOfTombstone(hold: ExportedHold): string | undefined {
  const { state, asked, minAmount, ttl, tags, createdAt, expiresAt, endedAt } = hold
  const { first, amount, held, spent, refunded, returned } = hold
  const isNothing = asked + (minAmount ?? 0n) + first + amount + held + spent + refunded + returned === 0n
  const isAtOnce = ttl === 0 && createdAt === endedAt && expiresAt === endedAt
  return state === 'released' && isNothing && isAtOnce && tags === undefined
    ? undefined
    : 'was never made, and is said to be more than that'
}

/** What is wrong with the answer to a settle of some path, by itself. */
export function faultOfAnswer({ levels, crossed }: Settled, cost: bigint): string | undefined {
  if (levels.some((level) => costOf(level) !== cost)) return 'was answered with another cost'
  const wallets = new Set(levels.map(({ wallet }) => wallet))
  if (wallets.size !== levels.length || crossed.some(({ wallet }) => !wallets.has(wallet)))
    return 'was answered with a level that is not on its path'
  return crossed.some(({ softLimit, used }) => used < softLimit) ? 'reached a limit that it did not' : undefined
}
