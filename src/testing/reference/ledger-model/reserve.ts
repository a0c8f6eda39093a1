import type { Extend, Reserve } from '../../../port/ledger-request.ts'
import type { RefusalReason, ReservationRefused, RetryAdvice } from '../../../port/ledger-result.ts'
import {
  callOf,
  callPathFrom,
  contentOf,
  type LedgerModel,
  type ModelHold,
  type ModelLevel,
  type ModelResult,
  walletNamed,
  withHold,
  withWallet,
} from './state.ts'
import {
  availableFor,
  barsCall,
  burn,
  burnOrder,
  least,
  type ModelPiece,
  type ModelWallet,
  move,
  pays,
  repayments,
} from './wallet.ts'

interface Claim {
  readonly amount: bigint
  readonly needed: bigint
  readonly tags: readonly string[] | undefined
}

/** Executes a reserve on the model. Returns the result and the changed model. */
export function modelReserve(model: LedgerModel, request: Reserve): ModelResult {
  const { hold: id, amount, minAmount, ttl, tags } = request
  const known = model.holds.get(id)
  if (known !== undefined) return { result: reservedBefore(known, request), after: model }
  const needed = minAmount ?? amount
  const path = callPathFrom(model, request)
  if ('type' in path) {
    const nothing = { available: 0n, reserved: 0n, retry: 'never' }
    const unknown = { ok: false, reason: 'wallet_unknown', wallet: path, needed, ...nothing }
    return { result: unknown, after: model }
  }
  if (path.length > 8) return { result: { ok: false, reason: 'path_too_long' }, after: model }
  const fitting = checkLimits(model, path, { amount, needed, tags })
  if (typeof fitting !== 'bigint') return { result: fitting, after: model }
  const result = { ok: true, replay: false, amount: fitting, expiresAt: model.at + ttl }
  const hold: ModelHold = {
    madeBy: 'reserve',
    content: contentOf(request),
    first: result,
    path,
    levels: path.map(() => ({ held: [], costs: [] })),
    tags,
    call: callOf(request),
    state: 'held',
    amount: 0n,
    held: 0n,
    spent: 0n,
    expiresAt: model.at + ttl,
    end: undefined,
  }
  return { result, after: increaseHold(model, id, hold, fitting) }
}

function reservedBefore(known: ModelHold, request: Reserve): object {
  const released = { ok: false, reason: 'hold_released' }
  if (known.madeBy === 'release') return released
  if (known.madeBy !== 'reserve' || known.content !== contentOf(request)) return { ok: false, reason: 'key_reused' }
  return known.state === 'released' ? released : { ...known.first, replay: true }
}

/** Executes an extend on the model. Its key must be new. Returns the result and the changed model. */
export function modelExtend(model: LedgerModel, request: Extend): ModelResult {
  const { hold: id, ttl, increase, minIncrease } = request
  const known = model.holds.get(id)
  if (known === undefined) return { result: { ok: false, reason: 'hold_unknown' }, after: model }
  if (known.state !== 'held') return { result: { ok: false, reason: `hold_${known.state}` }, after: model }
  let more = 0n
  if (increase !== undefined) {
    const fitting = checkLimits(model, known.path, {
      amount: increase,
      needed: minIncrease ?? increase,
      tags: known.tags,
    })
    if (typeof fitting !== 'bigint') return { result: fitting, after: model }
    more = fitting
  }
  // All calls happen at one instant, so now + `ttl` never exceeds a day after the reserve.
  const expiresAt = Math.max(known.expiresAt, model.at + ttl)
  const result = { ok: true, replay: false, amount: known.amount + more, expiresAt }
  return { result, after: increaseHold(model, id, { ...known, expiresAt }, more) }
}

/** Increases the held amount of a hold by `amount` at every level. */
function increaseHold(before: LedgerModel, id: string, hold: ModelHold, amount: bigint): LedgerModel {
  if (amount === 0n) return withHold(before, id, hold)
  let model = before
  const levels = hold.path.map((name, i): ModelLevel => {
    const { held, costs } = hold.levels[i] as ModelLevel
    const wallet = walletNamed(model, name)
    if (wallet.funding !== 'own') {
      model = withWallet(model, move(wallet, 'drawn', 'reserved', amount))
      return { held: [...held, { from: 'drawn', grant: undefined, amount }], costs }
    }
    const taken = burn(wallet, amount, hold.tags, 'reserved')
    model = withWallet(model, taken.wallet)
    return { held: inBurnOrder(taken.wallet, [...held, ...taken.pieces]), costs }
  })
  return withHold(model, id, { ...hold, levels, amount: hold.amount + amount, held: hold.held + amount })
}

function inBurnOrder(wallet: ModelWallet, pieces: readonly ModelPiece[]): readonly ModelPiece[] {
  const order = burnOrder(wallet)
  const rank = ({ grant }: ModelPiece) => order.indexOf(grant ?? -1)
  return [...pieces].sort((a, b) => rank(a) - rank(b))
}

const reasons: readonly (readonly [RefusalReason, (level: ModelWallet, claim: Claim) => boolean])[] = [
  ['wallet_closed', ({ status }) => status === 'closed'],
  ['wallet_frozen', ({ status }) => status === 'frozen'],
  ['wallet_overdrawn', ({ debts }, { tags }) => debts.some((debt) => barsCall(debt, tags))],
  ['cap_exceeded', (level, { needed }) => capRoom(level, needed) < needed],
  ['credits_insufficient', (level, { needed, tags }) => level.funding === 'own' && availableFor(level, tags) < needed],
]

/**
 * Checks a claim (an amount to reserve) against the limits of every level. Returns the amount that fits all levels, or
 * a refusal. The refusal has the first reason that applies, at the lowest level where this reason applies.
 */
function checkLimits(model: LedgerModel, path: readonly string[], claim: Claim): bigint | ReservationRefused {
  const levels = path.map((name) => walletNamed(model, name))
  for (const [reason, applies] of reasons) {
    const level = levels.find((one) => applies(one, claim))
    if (level !== undefined) return refusal(level, reason, claim)
  }
  return levels.reduce((fitting, level) => {
    const room = least(fitting, capRoom(level, fitting))
    return level.funding === 'own' ? least(room, availableFor(level, claim.tags)) : room
  }, claim.amount)
}

/** Returns the amount that the cap of a wallet still allows, or `otherwise` when the wallet has no cap. */
function capRoom({ cap, amounts }: ModelWallet, otherwise: bigint): bigint {
  if (cap === undefined) return otherwise
  const room = cap.amount - amounts.spent - amounts.reserved
  return room > 0n ? room : 0n
}

function refusal(level: ModelWallet, reason: RefusalReason, claim: Claim): ReservationRefused {
  const { wallet, amounts } = level
  const { needed, tags } = claim
  const available = reason === 'cap_exceeded' ? capRoom(level, 0n) : availableFor(level, tags)
  return {
    ok: false,
    reason,
    wallet,
    needed,
    available,
    reserved: amounts.reserved,
    retry: retryOf(level, reason, claim),
  }
}

function retryOf(level: ModelWallet, reason: RefusalReason, { needed, tags }: Claim): RetryAdvice {
  const { cap, amounts, grants } = level
  if (reason === 'wallet_closed' || reason === 'wallet_frozen') return 'never'
  if (reason === 'cap_exceeded') return amounts.spent + needed <= (cap?.amount ?? 0n) ? 'when_holds_clear' : 'never'
  // Assume that every hold returns its credits, those with `only` first. They repay the debts that they may repay. The
  // rest pays if its tags fit.
  const back = grants.filter(({ state, reserved }) => state === 'live' && reserved > 0n)
  let { debts } = level
  let room = availableFor(level, tags)
  for (const one of [
    ...back.filter(({ only }) => only !== undefined),
    ...back.filter(({ only }) => only === undefined),
  ]) {
    const parts = repayments(debts, one.only, one.reserved)
    const repaid = parts.reduce((sum, [, part]) => sum + part, 0n)
    if (pays(one, tags)) room += one.reserved - repaid
    debts = debts.map((debt) => {
      const part = parts.find(([repaidDebt]) => repaidDebt === debt)?.[1] ?? 0n
      return part === 0n ? debt : { ...debt, owed: debt.owed - part }
    })
  }
  const needs = level.funding === 'own' ? needed : 0n
  return room >= needs && !debts.some((debt) => barsCall(debt, tags)) ? 'when_holds_clear' : 'after_top_up'
}
