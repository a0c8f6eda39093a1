import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type {
  CallLabels,
  CallWallets,
  Charge,
  Extend,
  Grant,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from '../../../port/ledger-request.ts'
import type { CallDetails } from '../../../port/ledger-result.ts'
import type { HoldState } from '../../../port/ledger-state.ts'
import { type ModelPiece, type ModelWallet, modelName } from './wallet.ts'

/** The ledger calls that the model supports, with the type of each request. */
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
  readonly balance: WalletLevel
  readonly wallet: WalletLevel
  readonly hold: string
  /** The request of a statement. Its result is the sum of the entries. */
  readonly statement: WalletLevel
}

/** A ledger call that the model supports, with its request. */
export type LedgerCall = {
  readonly [C in keyof LedgerCalls]: { readonly call: C; readonly request: LedgerCalls[C] }
}[keyof LedgerCalls]

/** The immutable state of a model ledger. All calls happen at the instant `at`. */
export interface LedgerModel {
  readonly at: Instant
  readonly wallets: ReadonlyMap<string, ModelWallet>
  readonly holds: ReadonlyMap<string, ModelHold>
  readonly keys: ReadonlyMap<string, ModelKey>
}

/** A write that took effect under an idempotency key. */
interface ModelKey {
  readonly call: LedgerCall['call']
  readonly content: string
  readonly result: object
}

/** A hold or a charge. */
export interface ModelHold {
  /** The call that created the hold. `content` is the request as a string, and `first` is the result. */
  readonly madeBy: 'reserve' | 'charge' | 'release'
  readonly content: string
  readonly first: object
  /**
   * The wallet names in the path of the hold, lowest first. `levels` contains the state of the hold at each of these
   * wallets.
   */
  readonly path: readonly string[]
  readonly levels: readonly ModelLevel[]
  readonly tags: readonly string[] | undefined
  readonly call: CallDetails | undefined
  readonly state: HoldState['state']
  readonly amount: bigint
  readonly held: bigint
  readonly spent: bigint
  readonly expiresAt: Instant
  /** The write that ended the hold, and the result of that write. */
  readonly end: { readonly content: string; readonly result: object } | undefined
}

/** The state of a hold at one wallet of its path. */
export interface ModelLevel {
  /** The credits that are held, in burn order. */
  readonly held: readonly ModelPiece[]
  /** The costs less refunds, in the order of booking. */
  readonly costs: readonly ModelPiece[]
}

/**
 * The result of a call, and the model after the call. `after` is the unchanged model object when the call wrote
 * nothing.
 */
export interface ModelResult {
  readonly result: unknown
  readonly after: LedgerModel
}

/** Returns a model without any wallet, hold or key. */
export function emptyLedgerModel(at: Instant): LedgerModel {
  return { at, wallets: new Map(), holds: new Map(), keys: new Map() }
}

/** Returns the wallet with this name. The wallet must exist. */
export function walletNamed({ wallets }: LedgerModel, name: string): ModelWallet {
  return wallets.get(name) as ModelWallet
}

/** Returns the names of a wallet and of its ancestors, lowest first. */
export function pathFrom(model: LedgerModel, wallet: WalletLevel): readonly string[] {
  const names: string[] = []
  for (let name: string | undefined = modelName(wallet); name !== undefined; ) {
    names.push(name)
    name = model.wallets.get(name)?.parent
  }
  return names
}

/**
 * Returns the names of the wallets at which a call is booked, lowest first: the existing wallets that its request names,
 * each followed by its ancestors. Returns the wallet itself, not a list, when a wallet does not exist but must.
 */
export function callPathFrom(model: LedgerModel, { path, wallet }: CallWallets): readonly string[] | WalletLevel {
  const names = new Set<string>()
  for (const level of path ?? [wallet]) {
    const exists = model.wallets.has(modelName(level))
    if (!exists && (path === undefined || ['user', 'team', 'virtualAccount'].includes(level.type))) return level
    if (exists) for (const name of pathFrom(model, level)) names.add(name)
  }
  return [...names]
}

/** Returns the description of a call that its hold and its entries show. */
export function callOf({ path, wallet, tags, note }: CallWallets & CallLabels): CallDetails {
  return { path: path ?? [wallet], ...(tags === undefined ? {} : { tags }), ...(note === undefined ? {} : { note }) }
}

/** Returns the content of a request by which a retry is recognized. A `wallet` equals a path of this one level. */
export function contentOf(request: CallWallets): string {
  return textOf({ ...request, path: request.path ?? [request.wallet], wallet: undefined })
}

/** Returns the model with one wallet added or replaced. */
export function withWallet(model: LedgerModel, wallet: ModelWallet): LedgerModel {
  return { ...model, wallets: new Map(model.wallets).set(modelName(wallet.wallet), wallet) }
}

/** Returns the model with one hold added or replaced. */
export function withHold(model: LedgerModel, id: string, hold: ModelHold): LedgerModel {
  return { ...model, holds: new Map(model.holds).set(id, hold) }
}

/**
 * Returns a canonical string of a value: fields sorted by name, without `undefined` fields. Also omits `retryAfter` and
 * `sequence`, which the port does not define exactly.
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

/** Returns a canonical string of a model. Two models that no call can distinguish have the same string. */
export function textOfModel({ wallets, holds, keys }: LedgerModel): string {
  const textOfPiece = ([name, piece]: readonly [string, object]) => {
    const text = texts.get(piece) ?? textOf(piece)
    texts.set(piece, text)
    return `${name} ${text}`
  }
  return [wallets, holds, keys].map((pieces) => [...pieces].map(textOfPiece).sort().join('\n')).join('\n\n')
}
