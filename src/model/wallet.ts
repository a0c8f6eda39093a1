import type { PrincipalType } from './principal.ts'

/**
 * What pays: a metered principal, in one incarnation, so that a team deleted and made again does not find old money.
 * The amounts live in the ledger.
 */
export interface Wallet {
  readonly type: PrincipalType
  readonly id: string
  readonly incarnation: number
}
