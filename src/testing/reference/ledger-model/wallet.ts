import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { Instant } from '../../../model/value/instant.ts'
import type { Cap, Funding, PutWallet } from '../../../port/ledger-request.ts'
import type { Bucket } from '../../../port/ledger-result.ts'
import type { GrantState } from '../../../port/ledger-state.ts'

/** A wallet of the model. `grants` is ordered by age and grants are never removed, so an index identifies a grant. */
export interface ModelWallet {
  readonly wallet: WalletLevel
  readonly funding: Funding
  /** The name of the parent wallet, as returned by `modelName`. */
  readonly parent: string | undefined
  readonly cap: Cap | undefined
  readonly overdraftLimit: bigint | undefined
  readonly lowBalances: readonly bigint[] | undefined
  readonly status: NonNullable<PutWallet['status']>
  readonly amounts: Readonly<Record<Bucket, bigint>>
  readonly grants: readonly ModelGrant[]
  /** The debts whose sum is the overdraft, one for each set of tags. */
  readonly debts: readonly ModelDebt[]
}

/** What a wallet owes for calls with certain tags. `repaidBy` is the index of the grant that last repaid some of it. */
interface ModelDebt {
  readonly only: Tags
  readonly owed: bigint
  readonly repaidBy: number | undefined
}

type Tags = readonly string[] | undefined

/** A grant of the model. */
export interface ModelGrant {
  readonly grant: string
  readonly kind: GrantState['kind']
  readonly priority: number
  readonly effectiveAt: Instant
  readonly expiresAt: Instant | undefined
  readonly only: readonly string[] | undefined
  readonly amount: bigint
  readonly available: bigint
  readonly reserved: bigint
  readonly state: 'live' | 'expired' | 'revoked'
}

/**
 * Credits from one source at one level, which a hold reserves or a cost used. `grant` is the index of the source grant
 * in the wallet, if any. `only` are the tags of overdraft.
 */
export interface ModelPiece {
  readonly from: 'grant' | 'drawn' | 'overdraft' | 'writtenOff'
  readonly grant: number | undefined
  readonly amount: bigint
  readonly only?: Tags
}

/** Returns the name of a wallet, which is its key in the map of wallets. */
export function modelName(wallet: WalletLevel): string {
  const ids = wallet.type === 'member' ? [wallet.team, wallet.user] : [wallet.id]
  return JSON.stringify([wallet.type, ...ids, wallet.incarnation])
}

/** Returns an open wallet with default terms and without grants. */
export function newModelWallet(wallet: WalletLevel): ModelWallet {
  return {
    wallet,
    funding: 'own',
    parent: undefined,
    cap: undefined,
    overdraftLimit: undefined,
    lowBalances: undefined,
    status: 'open',
    amounts: {
      granted: 0n,
      drawn: 0n,
      overdraft: 0n,
      writtenOff: 0n,
      available: 0n,
      reserved: 0n,
      spent: 0n,
      expired: 0n,
      revoked: 0n,
    },
    grants: [],
    debts: [],
  }
}

/** Returns the smaller of two amounts. */
export function least(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

const sources: readonly Bucket[] = ['granted', 'drawn', 'overdraft', 'writtenOff']

/**
 * Moves an amount from one bucket of a wallet to another. A source bucket grows when credits leave it; any other bucket
 * grows when credits enter it. Returns the changed wallet.
 */
export function move(wallet: ModelWallet, from: Bucket, to: Bucket, amount: bigint): ModelWallet {
  const amounts = { ...wallet.amounts }
  amounts[from] += sources.includes(from) ? amount : -amount
  amounts[to] += sources.includes(to) ? -amount : amount
  return { ...wallet, amounts }
}

/** Returns the wallet with the grant at index `place` changed. */
export function changeGrant(wallet: ModelWallet, place: number, change: Partial<ModelGrant>): ModelWallet {
  return { ...wallet, grants: wallet.grants.map((one, i) => (i === place ? { ...one, ...change } : one)) }
}

/** Whether a grant may pay for a call with these tags. */
export function pays({ only }: ModelGrant, tags: readonly string[] | undefined): boolean {
  return only === undefined || (tags ?? []).some((tag) => only.includes(tag))
}

/** Returns how many available credits a wallet has in grants that may pay for a call with these tags. */
export function availableFor({ grants }: ModelWallet, tags: readonly string[] | undefined): bigint {
  return grants.reduce((sum, one) => (pays(one, tags) ? sum + one.available : sum), 0n)
}

/** Returns the indexes of the grants of a wallet in burn order: by lowest priority, then earliest expiry, then age. */
export function burnOrder({ grants }: ModelWallet): readonly number[] {
  const rank = (place: number) => {
    const one = grants[place] as ModelGrant
    return [one.priority, one.expiresAt ?? Number.POSITIVE_INFINITY, place] as const
  }
  return [...grants.keys()].sort((a, b) => {
    const [x, y] = [rank(a), rank(b)]
    const at = [0, 1, 2].find((i) => x[i] !== y[i]) ?? 2
    return (x[at] as number) < (y[at] as number) ? -1 : 1
  })
}

/** A changed wallet with additional results of the change. */
export type WithWallet<Extra> = Extra & { readonly wallet: ModelWallet }

/**
 * Moves up to `amount` of available credits into the bucket `to`, in burn order. Uses only grants that may pay for a
 * call with these tags. Returns the moved pieces.
 */
export function burn(
  before: ModelWallet,
  amount: bigint,
  tags: readonly string[] | undefined,
  to: 'reserved' | 'spent',
): WithWallet<{ readonly pieces: readonly ModelPiece[] }> {
  let wallet = before
  let missing = amount
  const pieces: ModelPiece[] = []
  for (const place of burnOrder(before)) {
    const one = before.grants[place] as ModelGrant
    const part = pays(one, tags) ? least(one.available, missing) : 0n
    if (part === 0n) continue
    missing -= part
    const reserved = to === 'reserved' ? one.reserved + part : one.reserved
    wallet = move(changeGrant(wallet, place, { available: one.available - part, reserved }), 'available', to, part)
    pieces.push({ from: 'grant', grant: place, amount: part })
  }
  return { wallet, pieces }
}

/** Whether two lists of tags have the same tags. */
export function sameTags(one: Tags, other: Tags): boolean {
  const text = (tags: Tags) => JSON.stringify(tags === undefined ? null : [...tags].sort())
  return text(one) === text(other)
}

/** Whether two lists of tags share a tag. */
function shareTag(one: Tags, other: Tags): boolean {
  return (one ?? []).some((tag) => (other ?? []).includes(tag))
}

/** Whether credits with `only` may repay a debt. */
function mayRepay(only: Tags, debt: ModelDebt): boolean {
  return only === undefined || shareTag(only, debt.only)
}

/** Whether a debt bars a call with these tags. */
export function barsCall({ only, owed }: ModelDebt, tags: Tags): boolean {
  return owed > 0n && (only === undefined || shareTag(only, tags))
}

/** Adds an amount, which may be negative, to the debt with these tags. */
export function addDebt(wallet: ModelWallet, only: Tags, amount: bigint, repaidBy?: number): ModelWallet {
  const known = wallet.debts.find((debt) => sameTags(debt.only, only))
  if (known === undefined) return { ...wallet, debts: [...wallet.debts, { only, owed: amount, repaidBy }] }
  const changed = { only, owed: known.owed + amount, repaidBy: repaidBy ?? known.repaidBy }
  return { ...wallet, debts: wallet.debts.map((debt) => (debt === known ? changed : debt)) }
}

/** Returns what of an amount with `only` each debt would receive: restricted debts first, then unrestricted ones. */
export function repayments(
  debts: readonly ModelDebt[],
  only: Tags,
  amount: bigint,
): readonly (readonly [ModelDebt, bigint])[] {
  const due = debts.filter((debt) => mayRepay(only, debt))
  const parts: (readonly [ModelDebt, bigint])[] = []
  let rest = amount
  for (const debt of [...due.filter((one) => one.only !== undefined), ...due.filter((one) => one.only === undefined)]) {
    const part = least(debt.owed, rest)
    rest -= part
    if (part > 0n) parts.push([debt, part])
  }
  return parts
}

/**
 * Moves credits from a bucket into a grant. The credits first repay the debts that the grant may repay. An expired or
 * revoked grant loses the credits. `lost` is the lost amount.
 */
export function deposit(
  before: ModelWallet,
  place: number,
  amount: bigint,
  from: Bucket,
): WithWallet<{ readonly lost: bigint }> {
  const one = before.grants[place] as ModelGrant
  if (one.state !== 'live') return { wallet: move(before, from, one.state, amount), lost: amount }
  let wallet = before
  let rest = amount
  for (const [debt, part] of repayments(before.debts, one.only, amount)) {
    rest -= part
    wallet = move(addDebt(wallet, debt.only, -part, place), from, 'overdraft', part)
  }
  wallet = changeGrant(wallet, place, { available: one.available + rest })
  return { wallet: move(wallet, from, 'available', rest), lost: 0n }
}

/** Adds a grant without available credits to a wallet. `place` is the index of the new grant. */
export function addGrant(
  wallet: ModelWallet,
  terms: { readonly key: string; readonly expiresAt?: Instant | undefined; readonly only?: Tags } & Pick<
    ModelGrant,
    'kind' | 'amount'
  > & { readonly priority?: number },
  at: Instant,
): WithWallet<{ readonly place: number }> {
  const { key, kind, amount, priority = 100, expiresAt, only } = terms
  const state = expiresAt !== undefined && expiresAt <= at ? 'expired' : 'live'
  const empty = { available: 0n, reserved: 0n, effectiveAt: at }
  const grant: ModelGrant = { grant: key, kind, amount, priority, expiresAt, only, state, ...empty }
  return { wallet: { ...wallet, grants: [...wallet.grants, grant] }, place: wallet.grants.length }
}
