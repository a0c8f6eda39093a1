import type { PrincipalType } from '../value/principal.ts'

/**
 * A reference to the wallet from which a metered principal pays for calls. The incarnation distinguishes the principal
 * from a deleted principal with the same id, so that a new team does not inherit an old balance. Amounts are in the
 * ledger, not in the state.
 */
export interface Wallet {
  readonly type: PrincipalType
  readonly id: string
  readonly incarnation: number
}

/**
 * A reference to a wallet in the ledger: the wallet of a principal or of an organization. An organization's wallet pays
 * for no call itself, but may fund or cap its child wallets.
 */
export interface LedgerWallet {
  readonly type: PrincipalType | 'organization'
  readonly id: string
  readonly incarnation: number
}

/**
 * A wallet whose limits can apply to a call: the wallet of a credential, a user's membership in a team, a principal, or
 * an organization. A membership's wallet belongs to the pair of user and team. If the user leaves the team and returns,
 * the wallet stays the same. Its incarnation is the greater one of the user's and the team's.
 */
export type WalletLevel =
  | LedgerWallet
  | { readonly type: 'credential'; readonly id: string; readonly incarnation: number }
  | { readonly type: 'member'; readonly team: string; readonly user: string; readonly incarnation: number }
