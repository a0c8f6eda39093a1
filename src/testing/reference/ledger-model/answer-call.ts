import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Grant, PutWallet, Revoke } from '../../../port/ledger-request.ts'
import type { Balance } from '../../../port/ledger-result.ts'
import type { GrantState, HoldState, WalletState } from '../../../port/ledger-state.ts'
import { modelCharge, modelRefund, modelRelease, modelSettle } from './cost.ts'
import { modelExtend, modelReserve } from './reserve.ts'
import {
  type LedgerCall,
  type LedgerCalls,
  type LedgerModel,
  type ModelResult,
  pathFrom,
  textOf,
  walletNamed,
  withWallet,
} from './state.ts'
import {
  addGrant,
  burnOrder,
  changeGrant,
  deposit,
  type ModelGrant,
  type ModelWallet,
  modelName,
  move,
  newModelWallet,
} from './wallet.ts'

/*
 * A naive second ledger: it returns what the port promises, one call after another, and shares no code with the kernel. So it
 * can tell that a result is wrong.
 *
 * All calls happen at one instant. The model has no allowances, no caps with a period, no scheduled grants and no settle with
 * `ifUnknown`. Requests must be valid, wallets must keep their funding, and amounts must be far below 2^63.
 */

/** Returns the idempotency key of a call, or `undefined` for a call without a key. */
function keyOf({ call, request }: LedgerCall): string | undefined {
  if (call === 'settle') return request.part
  return typeof request === 'object' && 'key' in request ? request.key : undefined
}

/**
 * Executes a call on the model. Returns the result and the model after the call. The result lacks `retryAfter` and
 * `sequence`, which `textOf` ignores.
 */
export function answerCall(model: LedgerModel, call: LedgerCall): ModelResult {
  const key = keyOf(call)
  if (key === undefined) return answerNew(model, call)
  const content = textOf(call.request)
  const first = model.keys.get(key)
  if (first !== undefined) {
    const isSame = first.call === call.call && first.content === content
    return { result: isSame ? { ...first.result, replay: true } : { ok: false, reason: 'key_reused' }, after: model }
  }
  const { result, after } = answerNew(model, call)
  if (after === model) return { result, after }
  const keyed = { call: call.call, content, result: result as object }
  return { result, after: { ...after, keys: new Map(after.keys).set(key, keyed) } }
}

const answers: { readonly [C in keyof LedgerCalls]: (model: LedgerModel, request: LedgerCalls[C]) => ModelResult } = {
  putWallet,
  grant,
  revoke,
  reserve: modelReserve,
  extend: modelExtend,
  settle: modelSettle,
  release: modelRelease,
  charge: modelCharge,
  refund: modelRefund,
  balance: (model, wallet) => ({ result: balanceOf(model, wallet), after: model }),
  statement: (model, wallet) => ({ result: balanceOf(model, wallet), after: model }),
  wallet: (model, wallet) => ({ result: walletState(model, wallet), after: model }),
  hold: (model, id) => ({ result: holdState(model, id), after: model }),
}

function answerNew(model: LedgerModel, { call, request }: LedgerCall): ModelResult {
  return (answers[call] as (model: LedgerModel, request: unknown) => ModelResult)(model, request)
}

const done = { ok: true, replay: false } as const
const pathLimit = 8

function putWallet(model: LedgerModel, request: PutWallet): ModelResult {
  const { funding, cap, overdraftLimit, lowBalances, status = 'open' } = request
  const refused = (reason: string) => ({ result: { ok: false, reason }, after: model })
  const name = modelName(request.wallet)
  const parent = request.parent && modelName(request.parent)
  if (parent !== undefined && !model.wallets.has(parent)) return refused('parent_unknown')
  const above = request.parent === undefined ? [] : pathFrom(model, request.parent)
  if (above.includes(name)) return refused('parent_circular')
  const below = [...model.wallets.values()].map(({ wallet }) => pathFrom(model, wallet).indexOf(name) + 1)
  if (above.length + Math.max(1, ...below) > pathLimit) return refused('path_too_long')
  const old = model.wallets.get(name) ?? newModelWallet(request.wallet)
  // A put that changes nothing takes effect too, so this always makes a new wallet object.
  const terms = { funding, parent, cap, overdraftLimit, lowBalances, status }
  return { result: done, after: withWallet(model, { ...old, ...terms }) }
}

function grant(model: LedgerModel, request: Grant): ModelResult {
  const { wallet, amount, kind = 'paid', expiresAt } = request
  const old = model.wallets.get(modelName(wallet)) ?? newModelWallet(wallet)
  if (old.status === 'closed') return { result: { ok: false, reason: 'wallet_closed' }, after: model }
  if (expiresAt !== undefined && expiresAt <= model.at)
    return { result: { ok: false, reason: 'grant_expired' }, after: model }
  const added = addGrant(old, { ...request, kind }, model.at)
  return { result: done, after: withWallet(model, deposit(added.wallet, added.place, amount, 'granted').wallet) }
}

function revoke(model: LedgerModel, request: Revoke): ModelResult {
  const wallet = model.wallets.get(modelName(request.wallet))
  const place = placeToRevoke(wallet, request.grant)
  const one = wallet?.grants[place]
  if (wallet === undefined || one === undefined) return { result: { ok: false, reason: 'grant_unknown' }, after: model }
  const { amount } = request
  const revoked = amount !== undefined && amount < one.available ? amount : one.available
  const state = amount === undefined && one.state === 'live' ? 'revoked' : one.state
  const left = changeGrant(wallet, place, { available: one.available - revoked, state })
  return { result: { ...done, revoked }, after: withWallet(model, move(left, 'available', 'revoked', revoked)) }
}

/** Returns the index of the grant to revoke: the oldest with credits that has this name, or else the newest live one. */
function placeToRevoke(wallet: ModelWallet | undefined, name: string): number {
  const grants = wallet?.grants ?? []
  const open = grants.findIndex(({ grant, available, reserved }) => grant === name && available + reserved > 0n)
  return open >= 0 ? open : grants.findLastIndex(({ grant, state }) => grant === name && state === 'live')
}

function balanceOf(model: LedgerModel, wallet: WalletLevel): Omit<Balance, 'sequence'> {
  return (model.wallets.get(modelName(wallet)) ?? newModelWallet(wallet)).amounts
}

function walletState(model: LedgerModel, named: WalletLevel): object | undefined {
  const known = model.wallets.get(modelName(named))
  if (known === undefined) return undefined
  const { wallet, funding, parent, cap, overdraftLimit, lowBalances, status, amounts } = known
  const { spent, reserved } = amounts
  const state: Omit<WalletState, 'balance' | 'parent' | 'cap' | 'capUse' | 'overdraftLimit' | 'lowBalances'> = {
    wallet,
    funding,
    status,
    grants: grantStates(known),
    allowances: [],
  }
  const above = parent === undefined ? undefined : walletNamed(model, parent).wallet
  const capUse = cap === undefined ? undefined : { spent, reserved }
  return { ...state, balance: amounts, parent: above, cap, capUse, overdraftLimit, lowBalances }
}

function grantStates(wallet: ModelWallet): readonly GrantState[] {
  const ordered = burnOrder(wallet).map((place) => wallet.grants[place] as ModelGrant)
  const left = ordered.filter(({ available, reserved }) => available > 0n || reserved > 0n)
  return left.map(({ state: _, ...grantState }) => grantState as GrantState)
}

function holdState(model: LedgerModel, id: string): HoldState | undefined {
  const { holds, at } = model
  const known = holds.get(id)
  if (known === undefined) return undefined
  const { path, call, state, amount, held, spent, expiresAt } = known
  const wallets = path.map((name) => walletNamed(model, name).wallet)
  return {
    hold: id,
    path: wallets,
    ...(call === undefined ? {} : { call }),
    state,
    amount,
    held,
    spent,
    createdAt: at,
    expiresAt,
  }
}
