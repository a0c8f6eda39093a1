import type { PrincipalType } from '../value/principal.ts'

/**
 * A metered principal as a payer. The incarnation tells it from a deleted principal with the same id, so that a new team does
 * not inherit an old balance. Amounts are in the ledger, not in the state.
 */
export interface Wallet {
  readonly type: PrincipalType
  readonly id: string
  readonly incarnation: number
}

/**
 * A wallet in the ledger: that of a payer, or that of an organization, which pays for no call itself but may fund or cap the
 * wallets below it.
 */
export interface LedgerWallet {
  readonly type: PrincipalType | 'organization'
  readonly id: string
  readonly incarnation: number
}
