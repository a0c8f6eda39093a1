import type { PrincipalType } from '../value/principal.ts'

/**
 * A reference to the wallet of a metered principal, which pays for calls. The incarnation distinguishes the principal
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
 * A wallet that can bound a call: that of a credential, a user's membership in a team, a principal, or an organization. The
 * wallet of a membership belongs to the pair of user and team: it outlives a leave and a return, and its incarnation is
 * the later one of the two.
 */
export type WalletLevel =
  | LedgerWallet
  | { readonly type: 'credential'; readonly id: string; readonly incarnation: number }
  | { readonly type: 'member'; readonly team: string; readonly user: string; readonly incarnation: number }
