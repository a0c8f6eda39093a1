import type { Write, Writes } from '../../../ledger/decide.ts'
import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { PutWallet } from '../../../port/ledger-request.ts'

/** A write that waits to be decided. */
export type WriteOperation = {
  readonly [W in Write]: { readonly write: W; readonly request: Writes[W]['request'] }
}[Write]

/** Wallets at which everything that is due is to be booked. */
export interface BookOperation {
  readonly write: 'book'
  readonly wallets: readonly LedgerWallet[]
}

export type Operation = WriteOperation | BookOperation

/** What a write is about, and so what has to be known before it can be decided. */
export interface OperationTarget {
  readonly hold?: string | undefined
  /** Whether the hold should not be there yet. */
  readonly isNewHold: boolean
  readonly key?: string | undefined
  /** Together with their parents, unless it opens them. */
  readonly wallets: readonly LedgerWallet[]
  /** The wallet that is made, if it is not there. */
  readonly opens?: LedgerWallet
  readonly put?: PutWallet
}

const none: readonly LedgerWallet[] = []

/** What an item is about. */
export function targetOf(item: Operation): OperationTarget {
  switch (item.write) {
    case 'reserve':
    case 'charge':
      return { hold: item.request.hold, isNewHold: true, wallets: [item.request.wallet] }
    case 'settle': {
      const { hold, part, ifUnknown } = item.request
      return { hold, isNewHold: false, key: part, wallets: ifUnknown === undefined ? none : [ifUnknown.wallet] }
    }
    case 'release':
      return { hold: item.request.hold, isNewHold: false, wallets: none }
    case 'extend':
    case 'refund':
      return { hold: item.request.hold, isNewHold: false, key: item.request.key, wallets: none }
    case 'grant': {
      const { key, wallet } = item.request
      return { key, isNewHold: false, wallets: [wallet], opens: wallet }
    }
    case 'putWallet': {
      const { key, wallet, parent } = item.request
      const wallets = parent === undefined ? [wallet] : [wallet, parent]
      return { key, isNewHold: false, wallets, opens: wallet, put: item.request }
    }
    case 'revoke':
    case 'putAllowance':
      return { key: item.request.key, isNewHold: false, wallets: [item.request.wallet] }
    case 'book':
      return { isNewHold: false, wallets: item.wallets }
  }
}
