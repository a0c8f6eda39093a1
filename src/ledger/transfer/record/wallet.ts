import type { WalletLevel } from '../../../model/noun/wallet.ts'
import { freeze } from '../../../model/value/freeze.ts'
import { KnownPeriod, type Period } from '../../../model/value/period.ts'
import { byBucket } from '../../../port/bucket.ts'
import type { Cap } from '../../../port/ledger-request.ts'
import type { Balance } from '../../../port/ledger-result.ts'
import { CapSchema, LowBalances, Priority, WalletSchema } from '../../read-request.ts'
import type { Allowance, Terms } from '../../storage/account.ts'
import { copyWallet } from '../../wallet-level.ts'
import {
  amount,
  checked,
  cost,
  count,
  type Field,
  id,
  instant,
  instantOrNever,
  list,
  listOrNone,
  named,
  object,
  oneOf,
  optional,
  orDefault,
  place,
  plain,
  sum,
  tags,
  text,
} from './field.ts'
import type { Place } from './place.ts'
import { type RecordCodec, recordOf } from './record.ts'

export interface ExportedWallet {
  readonly wallet: WalletLevel
  readonly parent: Place | undefined
  readonly terms: Terms
  readonly balance: Balance
  readonly allowances: readonly ExportedAllowance[]
}

/** An exported allowance. `lot` is the place (position) of the current period's lot among the lots of the wallet. */
export interface ExportedAllowance extends Readonly<Omit<Allowance, 'lot' | 'left'>> {
  readonly lot: Place | undefined
}

const period: Field<Period> = checked(
  object<Period>({ every: oneOf(['day', 'week', 'month']), timeZone: text, startsOn: optional(count) }),
  KnownPeriod,
)

const cap: Field<Cap> = checked(
  object<Cap>({ amount: cost, period: optional(period), softLimits: optional(list(amount)) }),
  CapSchema.transform((read) => freeze(read)),
)

const allowance = object<ExportedAllowance>({
  id: named('allowance', id),
  amount: cost,
  period,
  priority: plain(Priority),
  only: tags,
  rollover: sum,
  rollsAt: instantOrNever,
  endedAt: orDefault(instant, 0),
  lot: optional(place),
})

/** The codec of a wallet reference. `copyWallet` sets the order of the fields. */
const walletField: Field<WalletLevel> = {
  schema: WalletSchema.transform((read): WalletLevel => copyWallet(read)),
  write: copyWallet,
}

type FlatWallet = Omit<ExportedWallet, 'terms'> & Terms
const flatRecord = recordOf<FlatWallet>('wallet', {
  wallet: walletField,
  parent: optional(place),
  funding: oneOf(['own', 'parent', 'postpaid']),
  cap: optional(cap),
  overdraftLimit: optional(cost),
  lowBalances: optional(
    checked(
      list(amount),
      LowBalances.transform((read) => freeze(read)),
    ),
  ),
  status: oneOf(['open', 'frozen', 'closed']),
  balance: object<Balance>({ sequence: count, ...byBucket(() => sum) }),
  allowances: listOrNone(allowance),
})

/** The codec of wallet records. Each wallet record is followed by the records of the wallet's lots. */
export const walletRecord: RecordCodec<ExportedWallet> = {
  read: (value) => {
    const read = flatRecord.read(value)
    if (!read.ok) return read
    const { funding, cap: most, overdraftLimit, lowBalances, status, ...row } = read.row
    const terms = { funding, cap: most, overdraftLimit, lowBalances, status }
    return { ok: true, row: { ...row, parent: row.parent, terms } }
  },
  write: ({ terms, ...row }) => flatRecord.write({ ...row, ...terms }),
}
