import type { LedgerWallet } from '../../../model/noun/wallet.ts'
import type { LedgerViolation } from '../../../port/ledger-result.ts'
import type { Store } from '../batch/statements.ts'
import type { SqlRow } from '../client/sql-client.ts'
import { type Question, questions, subjects } from './verify-question.ts'

/** What does not add up at a wallet, or anywhere. It reads everything that it is asked about, several times. */
export async function verifyStore(store: Store, wallet: LedgerWallet | undefined): Promise<readonly LedgerViolation[]> {
  const { schema } = store
  const values = [wallet?.type ?? null, wallet?.id ?? null, wallet === undefined ? null : String(wallet.incarnation)]
  const violations: LedgerViolation[] = []
  for (const question of questions) {
    const wrong = question.wrong.replaceAll('{schema}', schema)
    const rows = await store.ask(
      `${subjects(schema)}
       select w.type, w.id, w.incarnation::text as incarnation, row_to_json(wrong) ->> 'hold' as hold, row_to_json(wrong) ->> 'name' as name
       from (select distinct * from (${wrong}) all_wrong) wrong join ${schema}.wallet w on w.number = wrong.wallet
       order by w.number, hold, name`,
      values,
    )
    for (const row of rows) violations.push(violationOf(question, row))
  }
  return violations
}

function violationOf({ invariant, message }: Question, { type, id, incarnation, hold, name }: SqlRow): LedgerViolation {
  const wallet = { type: type as LedgerWallet['type'], id: String(id), incarnation: Number(incarnation) }
  return {
    invariant,
    wallet,
    ...(hold === null ? {} : { hold: String(hold) }),
    message: message.replace('{name}', () => String(name)),
  }
}
