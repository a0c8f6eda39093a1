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
 * A reference to a wallet in the ledger: the wallet of a credential, of a user's membership in a team, of a principal
 * or of an organization. A membership's wallet belongs to the pair of user and team. If the user leaves the team and
 * returns, the wallet stays the same. Its incarnation is the greater one of the user's and the team's.
 */
export type WalletLevel =
  | Wallet
  | { readonly type: 'organization'; readonly id: string; readonly incarnation: number }
  | { readonly type: 'credential'; readonly id: string; readonly incarnation: number }
  | { readonly type: 'member'; readonly team: string; readonly user: string; readonly incarnation: number }
