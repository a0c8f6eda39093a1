import { idTextOf } from '../../../ledger/wallet-level.ts'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { LedgerViolation } from '../../../port/ledger-result.ts'
import { type Store, walletOf } from '../batch/statements.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { checkedRows, type InvariantCheck, invariantChecks } from './invariant-check.ts'

/**
 * Runs every invariant check on one wallet, or on all wallets if `wallet` is undefined. Reads all entries and holds of
 * the checked wallets in each check.
 */
export async function verifyStore(store: Store, wallet: WalletLevel | undefined): Promise<readonly LedgerViolation[]> {
  const { schema } = store
  const values = [
    wallet?.type ?? null,
    wallet === undefined ? null : idTextOf(wallet),
    wallet === undefined ? null : String(wallet.incarnation),
  ]
  const violations: LedgerViolation[] = []
  for (const check of invariantChecks) {
    const select = check.violations.replaceAll('{schema}', schema)
    const rows = await store.query(
      `${checkedRows(schema)}
       select w.type, w.id, w.incarnation::text as incarnation, row_to_json(v) ->> 'hold' as hold, row_to_json(v) ->> 'name' as name
       from (select distinct * from (${select}) every_violation) v join ${schema}.wallet w on w.number = v.wallet
       order by w.number, hold, name`,
      values,
    )
    for (const row of rows) violations.push(violationOf(check, row))
  }
  return violations
}

function violationOf({ invariant, message }: InvariantCheck, row: SqlRow): LedgerViolation {
  const { hold, name } = row
  return {
    invariant,
    wallet: walletOf(row),
    ...(hold === null ? {} : { hold: String(hold) }),
    message: message.replace('{name}', () => String(name)),
  }
}
