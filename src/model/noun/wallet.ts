import type { PrincipalType } from '../value/principal.ts'

/**
 * What pays: a metered principal, in one incarnation, so that a team deleted and made again does not find old money.
 * The amounts live in the ledger.
 */
export interface Wallet {
  readonly type: PrincipalType
  readonly id: string
  readonly incarnation: number
}

/**
 * What the ledger keeps amounts for: a wallet, or an organization. An organization pays for nothing in its own name; it is
 * the level above teams and users that may fund or cap what they spend.
 */
export interface LedgerWallet {
  readonly type: PrincipalType | 'organization'
  readonly id: string
  readonly incarnation: number
}
