import type { z } from 'zod'
import type { LedgerWallet } from '../../model/noun/wallet.ts'
import { freeze } from '../../model/value/freeze.ts'
import type { Cap, PutAllowance, PutWallet } from '../../port/ledger-request.ts'
import type { Settled } from '../../port/ledger-result.ts'
import { defaultPriority } from '../operation/grant.ts'
import { readRequest } from '../read-request.ts'
import { withAmounts } from './amount-field.ts'
import type {
  ExportedAllowance,
  ExportedEntry,
  ExportedHold,
  ExportedKey,
  ExportedLot,
  ExportedWallet,
  Places,
} from './exported.ts'
import {
  answerShapes,
  EntryShape,
  HoldShape,
  KeyShape,
  LotShape,
  parse,
  problemOf,
  type ReadRow,
  type SettledShape,
  WalletShape,
} from './record-shape.ts'

const nobody: LedgerWallet = { type: 'team', id: 'nobody', incarnation: 0 }

export function readWallet(value: unknown): ReadRow<ExportedWallet> {
  const parsed = parse(WalletShape, value)
  if (!parsed.ok) return parsed
  const { wallet: name, parent, funding, cap, overdraftLimit, status, balance, allowances } = parsed.row
  // What is said about a wallet may be said in a request, and is checked as one.
  const asked = { key: 'key', wallet: name, funding, cap, overdraftLimit, status, parent: parent && nobody }
  const reading = readRequest<PutWallet>('putWallet', withAmounts(asked))
  if (!reading.ok) return { ok: false, problem: problemOf(reading.issues) }
  const { wallet, ...terms } = reading.request
  const rows: ExportedAllowance[] = []
  for (const one of allowances) {
    const row = readAllowance(wallet, one)
    if (!row.ok) return row
    rows.push(row.row)
  }
  const row: ExportedWallet = {
    wallet,
    parent,
    terms: { funding: terms.funding, cap: terms.cap && bare(terms.cap), overdraftLimit: terms.overdraftLimit, status },
    balance: freeze(balance),
    allowances: rows,
  }
  return { ok: true, row }
}

function bare({ amount, period, softLimits }: Cap): Cap {
  return freeze({ amount, ...(period && { period }), ...(softLimits && { softLimits }) })
}

function readAllowance(
  wallet: LedgerWallet,
  { rollover, rollsAt, endedAt, lot, ...said }: NonNullable<z.infer<typeof WalletShape>['allowances']>[number],
): ReadRow<ExportedAllowance> {
  const asked = withAmounts({ key: 'key', wallet, ...said })
  const reading = readRequest<PutAllowance>('putAllowance', asked)
  if (!reading.ok) return { ok: false, problem: problemOf(reading.issues) }
  const { allowance: id, amount, period, priority = defaultPriority, only } = reading.request
  return { ok: true, row: { id, amount, period, priority, only, rollover, rollsAt, endedAt, lot } }
}

export function readLot(value: unknown): ReadRow<ExportedLot> {
  const parsed = parse(LotShape, value)
  if (!parsed.ok) return parsed
  const { period, only } = parsed.row
  return { ok: true, row: { ...parsed.row, period, only: freeze(only) } }
}

export function readHold(value: unknown, places: Places): ReadRow<ExportedHold> {
  const parsed = parse(HoldShape, value)
  if (!parsed.ok) return parsed
  const { hold: id, answer: said, minAmount, tags, overrun, late, ...row } = parsed.row
  const answer = said && readSettled(said, places)
  if (said !== undefined && answer === undefined) return { ok: false, problem: 'names a wallet that is not there' }
  return { ok: true, row: { ...row, id, answer, minAmount, tags: freeze(tags), overrun, late } }
}

export function readKey(value: unknown, places: Places): ReadRow<ExportedKey> {
  const parsed = parse(KeyShape, value)
  if (!parsed.ok) return parsed
  const { key, type, at: endedAt } = parsed.row
  const reading = readRequest<object>(type, withAmounts(parsed.row.request))
  if (!reading.ok) return { ok: false, problem: `has a request that is none: ${problemOf(reading.issues)}` }
  const { request } = reading
  const named: unknown = Reflect.get(request, type === 'settle' ? 'part' : 'key')
  if (named !== key) return { ok: false, problem: 'has a request with another key' }
  const said = parse<object>(answerShapes[type], parsed.row.answer)
  if (!said.ok) return { ok: false, problem: `has an answer that is none: ${said.problem}` }
  const settled = type === 'settle' ? readSettled(said.row as z.infer<typeof SettledShape>, places) : undefined
  if (type === 'settle' && settled === undefined) return { ok: false, problem: 'names a wallet that is not there' }
  const answer = freeze(settled ?? { ok: true, replay: false, ...said.row })
  return { ok: true, row: { key, type, request, answer, endedAt } }
}

function readSettled({ isLate, levels, crossed }: z.infer<typeof SettledShape>, places: Places): Settled | undefined {
  const named = <Row extends { readonly wallet: number }>(rows: readonly Row[]) =>
    rows.flatMap(({ wallet: place, ...row }) => {
      const wallet = places.walletAt(place)
      return wallet === undefined ? [] : [{ wallet, ...row }]
    })
  const answer: Settled = { ok: true, replay: false, isLate, levels: named(levels), crossed: named(crossed) }
  const isWhole = answer.levels.length === levels.length && answer.crossed.length === crossed.length
  return isWhole ? answer : undefined
}

export function readEntry(value: unknown): ReadRow<ExportedEntry> {
  const parsed = parse(EntryShape, value)
  if (!parsed.ok) return parsed
  const { hold, lot, ...row } = parsed.row
  return { ok: true, row: { ...row, lot, ...(hold === undefined ? {} : { hold }) } }
}
