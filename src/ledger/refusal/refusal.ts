import type {
  ChargeResult,
  ExtendResult,
  GrantResult,
  ImportResult,
  PutAllowanceResult,
  PutWalletResult,
  RefundResult,
  ReleaseResult,
  ReserveResult,
  RevokeResult,
  SettleResult,
} from '../../port/ledger-result.ts'

type WriteResult =
  | PutWalletResult
  | GrantResult
  | RevokeResult
  | PutAllowanceResult
  | ReserveResult
  | ExtendResult
  | SettleResult
  | ReleaseResult
  | ChargeResult
  | RefundResult
  | ImportResult

/** Any result of a ledger with `ok: false`. */
export type LedgerRefusal = Extract<WriteResult, { readonly ok: false }>

/** Every reason for which a ledger refuses a write. */
export type LedgerRefusalReason = LedgerRefusal['reason']
