import type { LedgerWallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type {
  Charge,
  Extend,
  Grant,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from '../../port/ledger-request.ts'
import type { HoldState } from '../../port/ledger-result.ts'
import { type ModelPiece, type ModelWallet, modelName } from './ledger-model-wallet.ts'

/** What each call is asked with. */
export interface LedgerCalls {
  readonly putWallet: PutWallet
  readonly grant: Grant
  readonly revoke: Revoke
  readonly reserve: Reserve
  readonly extend: Extend
  readonly settle: Settle
  readonly release: Release
  readonly charge: Charge
  readonly refund: Refund
  readonly balance: LedgerWallet
  readonly wallet: LedgerWallet
  readonly hold: string
  /** Answered by the sum of the entries. */
  readonly statement: LedgerWallet
}

/** A call of a ledger that the model can answer. */
export type LedgerCall = {
  readonly [C in keyof LedgerCalls]: { readonly call: C; readonly request: LedgerCalls[C] }
}[keyof LedgerCalls]

/** A whole ledger at one instant, at which all of its history happens. Nothing in it is ever changed. */
export interface LedgerModel {
  readonly at: Instant
  readonly wallets: ReadonlyMap<string, ModelWallet>
  readonly holds: ReadonlyMap<string, ModelHold>
  readonly keys: ReadonlyMap<string, ModelKey>
}

/** A write that was done under a key. */
export interface ModelKey {
  readonly call: LedgerCall['call']
  readonly content: string
  readonly answer: object
}

/** A hold or a charge. */
export interface ModelHold {
  /** The call that made it, and what it was asked with. */
  readonly madeBy: 'reserve' | 'charge' | 'release'
  readonly content: string
  readonly first: object
  /** The names of its wallets, the lowest first, and what there is at each of them. */
  readonly path: readonly string[]
  readonly levels: readonly ModelLevel[]
  readonly tags: readonly string[] | undefined
  readonly state: HoldState['state']
  readonly amount: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expiresAt: Instant
  /** How it ended, and what was answered to that. */
  readonly end: { readonly content: string; readonly answer: object } | undefined
}

/** A hold at one level. */
export interface ModelLevel {
  /** What it holds, in burn order. */
  readonly held: readonly ModelPiece[]
  /** What it has cost and was not refunded, in the order in which it was taken. */
  readonly costs: readonly ModelPiece[]
}

/** An answer, and the ledger after it: the same one, where nothing was written. */
export interface ModelAnswer {
  readonly answer: unknown
  readonly after: LedgerModel
}

/** A ledger that nothing has happened to. */
export function emptyLedgerModel(at: Instant): LedgerModel {
  return { at, wallets: new Map(), holds: new Map(), keys: new Map() }
}

/** The wallet with this name, which is there. */
export function walletNamed({ wallets }: LedgerModel, name: string): ModelWallet {
  return wallets.get(name) as ModelWallet
}

/** The names of a wallet, its parent and so on. */
export function pathFrom(model: LedgerModel, wallet: LedgerWallet): readonly string[] {
  const names: string[] = []
  for (let name: string | undefined = modelName(wallet); name !== undefined; ) {
    names.push(name)
    name = model.wallets.get(name)?.parent
  }
  return names
}

/** A ledger after a wallet has changed. */
export function withWallet(model: LedgerModel, wallet: ModelWallet): LedgerModel {
  return { ...model, wallets: new Map(model.wallets).set(modelName(wallet.wallet), wallet) }
}

/** A ledger after a hold has changed. */
export function withHold(model: LedgerModel, id: string, hold: ModelHold): LedgerModel {
  return { ...model, holds: new Map(model.holds).set(id, hold) }
}

/**
 * A value as text, the same for the same: fields in order of their names, those that are `undefined` left out, and so are
 * what is no promise: how long to wait, and how many entries a movement takes.
 */
export function textOf(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined'
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`
  const fields: string[] = []
  for (const name of Object.keys(value).sort()) {
    const field: unknown = Reflect.get(value, name)
    if (field !== undefined && name !== 'retryAfter' && name !== 'sequence') fields.push(`${name}:${textOf(field)}`)
  }
  return `{${fields.join()}}`
}

const texts = new WeakMap<object, string>()

/** The text of a ledger, the same for two that nobody could tell apart. */
export function textOfModel({ wallets, holds, keys }: LedgerModel): string {
  const textOfPiece = ([name, piece]: readonly [string, object]) => {
    const text = texts.get(piece) ?? textOf(piece)
    texts.set(piece, text)
    return `${name} ${text}`
  }
  return [wallets, holds, keys].map((pieces) => [...pieces].map(textOfPiece).sort().join('\n')).join('\n\n')
}
