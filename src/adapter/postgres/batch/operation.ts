import type { Write, Writes } from '../../../ledger/decide.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { CallWallets, PutWallet, Refund, Revoke } from '../../../port/ledger-request.ts'

/** A requested write: the name of a write method of the ledger port, and its request. */
export type WriteOperation = {
  readonly [W in Write]: { readonly write: W; readonly request: Writes[W]['request'] }
}[Write]

/** An operation that books the due items of wallets: lapses, expiries and new allowance periods. */
interface BookOperation {
  readonly write: 'book'
  readonly wallets: readonly WalletLevel[]
}

export type Operation = WriteOperation | BookOperation

/** The hold, key and wallets to load before an operation can be decided. */
export interface OperationTarget {
  readonly hold?: string | undefined
  /** Whether the operation creates the hold. If so, the hold probably does not exist yet. */
  readonly isNewHold: boolean
  readonly key?: string | undefined
  /**
   * The wallets that the request names. The decision also depends on the ancestors of each of these wallets, but not on
   * those of the wallet in `opens`.
   */
  readonly wallets: readonly WalletLevel[]
  /** The wallet that the operation creates if missing. */
  readonly opens?: WalletLevel
  readonly put?: PutWallet
  /** The refund or revoke of the operation, which may need lots that are not open. */
  readonly refund?: Refund
  readonly revoke?: Revoke
}

const none: readonly WalletLevel[] = []

/** Returns the hold, key and wallets in the request of an operation. */
export function targetOf(operation: Operation): OperationTarget {
  switch (operation.write) {
    case 'reserve':
    case 'charge':
      return { hold: operation.request.hold, isNewHold: true, wallets: levelsOf(operation.request) }
    case 'settle': {
      const { hold, part, ifUnknown } = operation.request
      return { hold, isNewHold: false, key: part, wallets: ifUnknown === undefined ? none : levelsOf(ifUnknown) }
    }
    case 'release':
      return { hold: operation.request.hold, isNewHold: false, wallets: none }
    case 'extend':
      return { hold: operation.request.hold, isNewHold: false, key: operation.request.key, wallets: none }
    case 'refund': {
      const { hold, key, entry } = operation.request
      return {
        hold,
        isNewHold: false,
        key,
        wallets: entry === undefined ? none : [entry.wallet],
        refund: operation.request,
      }
    }
    case 'grant':
    case 'putAllowance': {
      const { key, wallet } = operation.request
      return { key, isNewHold: false, wallets: [wallet], opens: wallet }
    }
    case 'putWallet': {
      const { key, wallet, parent } = operation.request
      const wallets = parent === undefined ? [wallet] : [wallet, parent]
      return { key, isNewHold: false, wallets, opens: wallet, put: operation.request }
    }
    case 'revoke': {
      const { key, wallet } = operation.request
      return { key, isNewHold: false, wallets: [wallet], revoke: operation.request }
    }
    case 'book':
      return { isNewHold: false, wallets: operation.wallets }
  }
}

function levelsOf({ path, wallet }: CallWallets): readonly WalletLevel[] {
  return path ?? [wallet]
}

/** Returns the idempotency keys that operations may write. */
export function keysOf(operations: readonly Operation[]): readonly string[] {
  const keys: string[] = []
  for (const operation of operations) {
    // Most operations have none: a reserve, and a settle without a part.
    if (operation.write === 'reserve') continue
    const { key } = targetOf(operation)
    if (key !== undefined) keys.push(key)
  }
  return keys
}
