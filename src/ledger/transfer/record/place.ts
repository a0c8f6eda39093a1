import type { LedgerWallet } from '../../../model/noun/wallet.ts'

/** The position of a wallet among the exported wallets, or of a lot among the lots of its wallet. Counts from 1. */
export type Place = number

/** Converts wallets to places, and places to wallets. */
export interface Places {
  readonly placeOf: (wallet: LedgerWallet) => Place
  readonly walletAt: (place: Place) => LedgerWallet | undefined
}
