import type { Cap, Period } from '../../port/ledger-request.ts'
import type { LevelCost, Settled } from '../../port/ledger-result.ts'
import {
  type ExportedAllowance,
  type ExportedEntry,
  type ExportedHeader,
  type ExportedHold,
  type ExportedKey,
  type ExportedLot,
  type ExportedWallet,
  exportFormat,
  exportVersion,
  type Places,
} from './exported.ts'

/*
 * Rows as JSON texts. Amounts are decimal texts, and one that is zero is left out, as is all that is absent. There is one text
 * for each row: what is read must be that, to the letter.
 */

export function writeHeader({ at, knownSince }: ExportedHeader): string {
  return JSON.stringify({ record: 'header', format: exportFormat, version: exportVersion, at, knownSince })
}

/** The last record: how many there are with it, and the checksum of those before it. */
export function writeEnd(records: number, checksum: string): string {
  return JSON.stringify({ record: 'end', records, checksum })
}

export function writeWallet({ wallet, parent, terms, balance, allowances }: ExportedWallet): string {
  const { funding, cap, overdraftLimit, status } = terms
  const { sequence, granted, drawn, overdraft, writtenOff, available, reserved, spent, expired, revoked } = balance
  return JSON.stringify({
    record: 'wallet',
    wallet: { type: wallet.type, id: wallet.id, incarnation: wallet.incarnation },
    parent,
    funding,
    cap: cap === undefined ? undefined : capText(cap),
    overdraftLimit: overdraftLimit?.toString(),
    status,
    balance: {
      sequence,
      granted: amount(granted),
      drawn: amount(drawn),
      overdraft: amount(overdraft),
      writtenOff: amount(writtenOff),
      available: amount(available),
      reserved: amount(reserved),
      spent: amount(spent),
      expired: amount(expired),
      revoked: amount(revoked),
    },
    allowances: allowances.length === 0 ? undefined : allowances.map(allowanceText),
  })
}

function capText({ amount: most, period, softLimits }: Cap) {
  return {
    amount: most.toString(),
    period: period && periodText(period),
    softLimits: softLimits?.map(String),
  }
}

function periodText({ every, timeZone, startsOn }: Period) {
  return { every, timeZone, startsOn }
}

function allowanceText(one: ExportedAllowance) {
  return {
    allowance: one.id,
    amount: one.amount.toString(),
    period: periodText(one.period),
    priority: one.priority,
    only: one.only,
    rollover: amount(one.rollover),
    rollsAt: finite(one.rollsAt),
    endedAt: one.endedAt === 0 ? undefined : one.endedAt,
    lot: one.lot,
  }
}

export function writeLot(lot: ExportedLot): string {
  return JSON.stringify({
    record: 'lot',
    grant: lot.grant,
    period: lot.period,
    kind: lot.kind,
    priority: lot.priority,
    effectiveAt: lot.effectiveAt,
    expiresAt: finite(lot.expiresAt),
    only: lot.only,
    state: lot.state,
    amount: amount(lot.amount),
    available: amount(lot.available),
    reserved: amount(lot.reserved),
  })
}

export function writeHold(hold: ExportedHold, places: Places): string {
  return JSON.stringify({
    record: 'hold',
    hold: hold.id,
    origin: hold.origin,
    path: hold.path,
    state: hold.state,
    asked: amount(hold.asked),
    minAmount: hold.minAmount?.toString(),
    ttl: hold.ttl === 0 ? undefined : hold.ttl,
    tags: hold.tags,
    createdAt: hold.createdAt,
    expiresAt: hold.expiresAt,
    endedAt: hold.endedAt < 0 ? undefined : hold.endedAt,
    first: amount(hold.first),
    amount: amount(hold.amount),
    held: amount(hold.held),
    spent: amount(hold.spent),
    refunded: amount(hold.refunded),
    returned: amount(hold.returned),
    overrun: hold.overrun,
    late: hold.late,
    answer: hold.answer && settledText(hold.answer, places),
  })
}

export function writeKey({ key, type, request, answer, endedAt }: ExportedKey, places: Places): string {
  const said = isSettled(answer) ? settledText(answer, places) : { ...answer, ok: undefined, replay: undefined }
  return JSON.stringify({ record: 'key', key, type, at: endedAt, request, answer: said }, (_, value) =>
    typeof value === 'bigint' ? value.toString() : value,
  )
}

function isSettled(answer: object): answer is Settled {
  return 'levels' in answer
}

function settledText({ isLate, levels, crossed }: Settled, { placeOf }: Places) {
  return {
    isLate,
    levels: levels.map((level) => takenText(level, placeOf(level.wallet))),
    crossed:
      crossed.length === 0
        ? undefined
        : crossed.map(({ wallet, softLimit, used }) => ({
            wallet: placeOf(wallet),
            softLimit: softLimit.toString(),
            used: used.toString(),
          })),
  }
}

function takenText(taken: LevelCost, wallet: number) {
  return {
    wallet,
    fromReserved: amount(taken.fromReserved),
    fromAvailable: amount(taken.fromAvailable),
    fromDrawn: amount(taken.fromDrawn),
    fromOverdraft: amount(taken.fromOverdraft),
    fromWrittenOff: amount(taken.fromWrittenOff),
    returned: amount(taken.returned),
    lost: amount(taken.lost),
  }
}

export function writeEntry({ wallet, at, type, from, to, amount: moved, lot, hold }: ExportedEntry): string {
  return JSON.stringify({ record: 'entry', wallet, at, type, from, to, amount: moved.toString(), lot, hold })
}

function amount(value: bigint): string | undefined {
  return value === 0n ? undefined : value.toString()
}

function finite(at: number): number | undefined {
  return at === Number.POSITIVE_INFINITY ? undefined : at
}
