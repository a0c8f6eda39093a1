import type { Instant } from '../model/value/instant.ts'
import type {
  Charge,
  Extend,
  Grant,
  PutAllowance,
  PutWallet,
  Refund,
  Release,
  Reserve,
  Revoke,
  Settle,
} from '../port/ledger-request.ts'
import type {
  ChargeResult,
  ExtendResult,
  GrantResult,
  PutAllowanceResult,
  PutWalletResult,
  RefundResult,
  ReleaseResult,
  ReserveResult,
  RevokeResult,
  SettleResult,
} from '../port/ledger-result.ts'
import { grant, revoke } from './operation/grant.ts'
import { putAllowance } from './operation/put-allowance.ts'
import { putWallet } from './operation/put-wallet.ts'
import { refund } from './operation/refund.ts'
import { extend, reserve } from './operation/reserve.ts'
import { charge, release, settle } from './operation/settle.ts'
import type { Books } from './storage/books.ts'

/** Maps each kind of write to the types of its request and result. */
export interface Writes {
  readonly putWallet: { readonly request: PutWallet; readonly result: PutWalletResult }
  readonly grant: { readonly request: Grant; readonly result: GrantResult }
  readonly revoke: { readonly request: Revoke; readonly result: RevokeResult }
  readonly putAllowance: { readonly request: PutAllowance; readonly result: PutAllowanceResult }
  readonly reserve: { readonly request: Reserve; readonly result: ReserveResult }
  readonly extend: { readonly request: Extend; readonly result: ExtendResult }
  readonly settle: { readonly request: Settle; readonly result: SettleResult }
  readonly release: { readonly request: Release; readonly result: ReleaseResult }
  readonly charge: { readonly request: Charge; readonly result: ChargeResult }
  readonly refund: { readonly request: Refund; readonly result: RefundResult }
}
export type Write = keyof Writes

/**
 * The kernel of the ledger: one function for each kind of write. Each function decides its write and books the result.
 */
const decisions: {
  readonly [W in Write]: (books: Books, request: Writes[W]['request'], now: Instant) => Writes[W]['result']
} = { putWallet, grant, revoke, putAllowance, reserve, extend, settle, release, charge, refund }

/**
 * Executes a validated write on the books (the ledger state) at instant `now`, and returns the result. Deterministic:
 * the same writes at the same instants always produce the same books and results.
 */
export function decideWrite<W extends Write>(
  write: W,
  books: Books,
  request: Writes[W]['request'],
  now: Instant,
): Writes[W]['result'] {
  return decisions[write](books, request, now)
}
