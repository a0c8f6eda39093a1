/** The invariants of a ledger, as a description by name. `verify` reports a broken invariant by name. */
export const ledgerInvariants = {
  conservation:
    'in each wallet, granted + drawn + overdraft + writtenOff equals available + reserved + spent + expired + revoked',
  non_negative: 'no amount of a balance is below zero',
  overdraft_repaid:
    'while a wallet owes overdraft, no credits that may repay it are available, and the debts of a wallet add up to its overdraft',
  hold_sum:
    'the reserved amount of a wallet is the sum of its open holds, and each hold is the sum of its slices of grants',
  grant_sum:
    'the amounts of a grant follow from its entries and do not exceed its amount, and nothing is taken before it is effective',
  hold_lifecycle:
    'a hold ends once and holds nothing afterwards, never holds more than it reserved or refunds more than it cost',
  reserve_limits: 'no reservation exceeds the cap of a level, or is made at a level that is frozen, closed or in debt',
  hold_path: 'a hold has entries at every level of its path and at no other wallet, and they show the call of the hold',
  balance_sum: 'a balance is the sum of the entries of its wallet',
  entry_sequence: 'the entries of a wallet are numbered from 1 without a gap, in order of time',
  idempotency: 'a repeated write returns the result of the first and has no second effect',
  burn_order: 'a call takes from the grant that burns first among those whose tags fit',
  hold_cost: 'the cost of a hold is the sum of its entries and of its acknowledged writes',
  grant_expiry: 'when a grant expires all its available credits do, and none become available afterwards',
} as const

/** The name of an invariant of the ledger. */
export type LedgerInvariant = keyof typeof ledgerInvariants
