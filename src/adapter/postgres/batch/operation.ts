import type { Write, Writes } from '../../../ledger/decide.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { PutWallet } from '../../../port/ledger-request.ts'

/** A requested write: the name of a write method of the ledger port, and its request. */
export type WriteOperation = {
  readonly [W in Write]: { readonly write: W; readonly request: Writes[W]['request'] }
}[Write]

/** An operation that books everything that is due at some wallets: lapses, expiries, new allowance periods. */
interface BookOperation {
  readonly write: 'book'
  readonly wallets: readonly LedgerWallet[]
}

export type Operation = WriteOperation | BookOperation

/** The hold, key and wallets that an operation refers to. They must be loaded before the operation can be decided. */
export interface OperationTarget {
  readonly hold?: string | undefined
  /** Whether the operation creates the hold. Such a hold probably does not exist yet. */
  readonly isNewHold: boolean
  readonly key?: string | undefined
  /** The wallets that the operation names. The decision also depends on the parents of each wallet except `opens`. */
  readonly wallets: readonly LedgerWallet[]
  /** The wallet that the operation creates if the wallet does not exist. */
  readonly opens?: LedgerWallet
  readonly put?: PutWallet
}

const none: readonly LedgerWallet[] = []

/** Returns the hold, key and wallets that an operation refers to. */
export function targetOf(operation: Operation): OperationTarget {
  switch (operation.write) {
    case 'reserve':
    case 'charge':
      return { hold: operation.request.hold, isNewHold: true, wallets: [operation.request.wallet] }
    case 'settle': {
      const { hold, part, ifUnknown } = operation.request
      return { hold, isNewHold: false, key: part, wallets: ifUnknown === undefined ? none : [ifUnknown.wallet] }
    }
    case 'release':
      return { hold: operation.request.hold, isNewHold: false, wallets: none }
    case 'extend':
    case 'refund':
      return { hold: operation.request.hold, isNewHold: false, key: operation.request.key, wallets: none }
    case 'grant': {
      const { key, wallet } = operation.request
      return { key, isNewHold: false, wallets: [wallet], opens: wallet }
    }
    case 'putWallet': {
      const { key, wallet, parent } = operation.request
      const wallets = parent === undefined ? [wallet] : [wallet, parent]
      return { key, isNewHold: false, wallets, opens: wallet, put: operation.request }
    }
    case 'revoke':
    case 'putAllowance':
      return { key: operation.request.key, isNewHold: false, wallets: [operation.request.wallet] }
    case 'book':
      return { isNewHold: false, wallets: operation.wallets }
  }
}

/** The idempotency keys that an operation may write. */
export function keysOf(operation: Operation): readonly string[] {
  const { key } = targetOf(operation)
  return key === undefined ? [] : [key]
}
