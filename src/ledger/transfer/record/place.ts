import type { LedgerWallet } from '../../../model/noun/wallet.ts'

/** The position of a wallet among the exported wallets, or of a lot among the lots of its wallet. Counts from 1. */
export type Place = number

/** Translates between wallets and their places. */
export interface Places {
  readonly placeOf: (wallet: LedgerWallet) => Place
  readonly walletAt: (place: Place) => LedgerWallet | undefined
}
