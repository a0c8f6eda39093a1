import type { WalletLevel } from '../../../model/noun/wallet.ts'

/**
 * A reference to an exported wallet or lot by position, counted from 1. A wallet is counted among all wallets, a lot
 * among the lots of its wallet.
 */
export type Place = number

/** Converts wallets to places, and places to wallets. */
export interface Places {
  readonly placeOf: (wallet: WalletLevel) => Place
  /** Returns the place of a wallet, or `undefined` for a wallet that is not in the export. */
  readonly findPlace: (wallet: WalletLevel) => Place | undefined
  readonly walletAt: (place: Place) => WalletLevel | undefined
}
