import { buckets, entryTypes } from '../../../port/bucket.ts'
import type { LedgerInvariant } from '../../../port/ledger-invariant.ts'
import { bucketColumns } from '../row/bucket-column.ts'
import { sqlSourceOf, sqlTargetOf, sqlTypeOf } from '../row/entry-code.ts'
import { slicesPlace } from '../row/hold-body.ts'

/*
 * The invariants in SQL, recounted independently of the kernel. Each check is one statement, so that it sees one snapshot, and
 * concurrent writes never look like violations.
 */

/** An SQL check of one invariant of the ledger. */
export interface InvariantCheck {
  readonly invariant: LedgerInvariant
  /** The message of a violation. `{name}` is a placeholder for the name of a grant. */
  readonly message: string
  /**
   * SQL query that returns one row per violation. The column `wallet` is the number of the wallet. Optional columns:
   * `hold` (the id of a hold) and `name` (the name of a grant).
   */
  readonly violations: string
}

/**
 * SQL: the `with` clause of every check. Its tables hide how the database stores entries and slices.
 *
 * - `checked`: the wallets to check: the wallet that `$1` to `$3` name, or all wallets when `$1` is null.
 * - `posting`: the entries of the checked wallets. `source` and `target` are indexes of `buckets`.
 * - `traced`: the postings, each refund with the cost entry that it names in the columns `cost_…`. `since` is the instant of
 *   the cost entry for a refund, else of the posting itself.
 * - `hold_level`: one row for each level of each hold over the checked wallets. The lowest level is 1.
 * - `slice`: the slices of open holds, each with its level and lot.
 */
export const checkedRows = (schema: string): string => `with checked as materialized (
    select * from ${schema}.wallet where version > 0
      and ($1::text is null or (type = $1::text and id = $2::text and incarnation = $3::bigint))),
  posting as (
    select e.wallet, e.sequence, e.at, ${sqlTypeOf('e.code')} as type, ${sqlSourceOf('e.code')} as source,
      ${sqlTargetOf('e.code')} as target, e.amount, e.lot, e.hold, (e.details ->> 1)::bigint as refunds,
      coalesce((e.details -> 0)::text, 'null') as only_tags
    from ${schema}.entry e join checked w on w.number = e.wallet),
  traced as (
    select s.*, coalesce(c.at, s.at) as since, c.lot as cost_lot, c.hold as cost_hold, c.target as cost_target,
      c.amount as cost_amount
    from posting s left join posting c on c.wallet = s.wallet and c.sequence = s.refunds),
  debt as (
    select w.number as wallet, (d -> 0)::text as only_tags, (d ->> 1)::numeric as owed
    from checked w cross join lateral json_array_elements(w.debts::json -> 0) d),
  hold_level as (
    select h.*, level.number::bigint as at_wallet, level.place
    from ${schema}.hold h cross join unnest(string_to_array(h.path, ',')) with ordinality level (number, place)
    join checked w on w.number = level.number::bigint),
  slice as (
    select l.id, l.at_wallet, l.held, (part ->> 1)::bigint as lot, (part ->> 2)::bigint as amount
    from hold_level l left join json_array_elements(l.body::json -> ${slicesPlace}) part on (part ->> 0)::integer = l.place - 1
    where l.state = 'held')`

const sourceCount = buckets.indexOf('available')

/**
 * SQL expression for the amount in a bucket, summed from the entries `s`. A source bucket grows when credits leave it.
 * A destination bucket grows when credits enter it.
 */
const sum = (bucket: number): string => {
  const [plus, minus] = bucket < sourceCount ? ['source', 'target'] : ['target', 'source']
  return `coalesce(sum(s.amount) filter (where s.${plus} = ${bucket}), 0) - coalesce(sum(s.amount) filter (where s.${minus} = ${bucket}), 0)`
}
const sumWhere = (condition: string): string => `coalesce(sum(s.amount) filter (where ${condition}), 0)`
const available = buckets.indexOf('available')
const reserved = buckets.indexOf('reserved')
const spent = buckets.indexOf('spent')
const overdraft = buckets.indexOf('overdraft')
/** SQL expression for the refunds that a grant received of costs that it did not pay, summed from the entries `s`. */
const refundedAnew = sumWhere(
  `s.source = ${spent} and s.cost_lot is distinct from s.lot and s.target in (${available}, ${overdraft})`,
)

const walletSums = bucketColumns.map((column) => `w.${column}::numeric`)
const sourceSum = walletSums.slice(0, sourceCount).join(' + ')
const destinationSum = walletSums.slice(sourceCount).join(' + ')
const walletColumns = bucketColumns.map((column) => `w.${column}`).join(', ')

const balances: readonly InvariantCheck[] = [
  {
    invariant: 'conservation',
    message: 'the sources and the destinations of credits have different sums',
    violations: `select w.number as wallet from checked w
      where ${sourceSum} <> ${destinationSum}`,
  },
  {
    invariant: 'non_negative',
    message: 'an amount is negative',
    violations: `select w.number as wallet from checked w where least(${walletColumns}) < 0`,
  },
  {
    invariant: 'overdraft_repaid',
    message: 'overdraft remains although credits that may repay it are available',
    violations: `select d.wallet from debt d join {schema}.lot l on l.wallet = d.wallet
      where d.owed > 0 and l.available > 0 and (l.tags is null or (d.only_tags <> 'null' and exists (
        select from json_array_elements_text(d.only_tags::json) a join json_array_elements_text(l.tags::json) b on a = b)))`,
  },
  {
    invariant: 'overdraft_repaid',
    message: 'the debts differ from the entries, or from the overdraft',
    violations: `select coalesce(d.wallet, p.wallet) as wallet from debt d full join (
        select s.wallet, s.only_tags, ${sum(overdraft)} as owed from posting s
        where ${overdraft} in (s.source, s.target) group by s.wallet, s.only_tags) p
        on p.wallet = d.wallet and p.only_tags = d.only_tags
      where coalesce(d.owed, 0) <> coalesce(p.owed, 0)
      union
      select w.number from checked w left join debt d on d.wallet = w.number
      group by w.number, w.overdraft having w.overdraft <> coalesce(sum(d.owed), 0)`,
  },
  {
    invariant: 'hold_sum',
    message: 'the reserved amount differs from the sum of open holds',
    violations: `select w.number as wallet from checked w left join hold_level l on l.at_wallet = w.number
      group by w.number, w.reserved having w.reserved <> coalesce(sum(l.held), 0)`,
  },
  {
    invariant: 'reserve_limits',
    message: 'the amount counted by the cap differs from what was spent in its period',
    // The terms contain markers of bigints, which the database does not accept as JSON.
    violations: `select w.number as wallet from checked w left join posting s on s.wallet = w.number and s.at >= w.cap_starts_at
      where w.terms like '{"funding":"%","cap":{%'
      group by w.number, w.cap_spent having w.cap_spent <> ${sum(spent)}`,
  },
  {
    invariant: 'balance_sum',
    message: 'the balance differs from the sum of the entries',
    violations: `select w.number as wallet from checked w left join posting s on s.wallet = w.number
      group by w.number, ${walletColumns}
      having ${bucketColumns.map((column, bucket) => `w.${column} <> ${sum(bucket)}`).join(' or ')}`,
  },
  {
    invariant: 'entry_sequence',
    message: 'the entries are not numbered from 1 to the sequence of the wallet',
    violations: `select w.number as wallet from checked w left join posting s on s.wallet = w.number
      group by w.number, w.sequence having count(s.sequence) <> w.sequence or count(distinct s.sequence) <> w.sequence
        or coalesce(min(s.sequence), 1) <> 1 or coalesce(max(s.sequence), 0) <> w.sequence`,
  },
  {
    invariant: 'entry_sequence',
    message: 'an entry is dated before its predecessor',
    violations: `select o.wallet from (
      select s.wallet, s.at < lag(s.at) over (partition by s.wallet order by s.sequence) as is_early from posting s) o where o.is_early`,
  },
]

const grants: readonly InvariantCheck[] = [
  {
    invariant: 'grant_sum',
    message: 'the available amount differs from the sum of the grants',
    violations: `select w.number as wallet from checked w left join {schema}.lot l on l.wallet = w.number
      group by w.number, w.available having w.available <> coalesce(sum(l.available), 0)`,
  },
  {
    invariant: 'grant_sum',
    message: 'the reserved amount of grant `{name}` differs from the sum of open holds',
    violations: `select l.wallet, l.name from checked w join {schema}.lot l on l.wallet = w.number
      left join slice s on s.at_wallet = l.wallet and s.lot = l.ordinal
      group by l.wallet, l.ordinal, l.name, l.reserved having l.reserved <> coalesce(sum(s.amount), 0)`,
  },
  {
    invariant: 'grant_sum',
    message: 'grant `{name}` has more credits than it brought',
    violations: `select l.wallet, l.name from checked w join {schema}.lot l on l.wallet = w.number
      where l.available < 0 or l.available::numeric + l.reserved > l.amount`,
  },
  {
    invariant: 'grant_sum',
    message: 'grant `{name}` differs from the sum of its entries',
    // A scheduled grant and a grant that was revoked while scheduled have no entries. The grant of a refund receives the
    // refunds of costs that it did not pay; no other grant receives any.
    violations: `select l.wallet, l.name from checked w join {schema}.lot l on l.wallet = w.number
      left join traced s on s.wallet = l.wallet and s.lot = l.ordinal
      group by l.wallet, l.ordinal, l.name, l.kind, l.state, l.amount, l.available, l.reserved
      having l.available <> ${sum(available)} or l.reserved <> ${sum(reserved)}
        or ${sumWhere(`s.target = ${spent}`)} < ${sumWhere(`s.source = ${spent} and s.cost_lot = s.lot`)}
        or (l.kind <> 'refund' and ${refundedAnew} <> 0)
        or l.amount <> case when count(s.amount) = 0 and l.state in ('scheduled', 'revoked') then l.amount
          else ${sumWhere(`s.type = ${entryTypes.indexOf('granted')}`)} + ${refundedAnew} end`,
  },
  {
    invariant: 'idempotency',
    message: 'grant `{name}` was granted twice',
    // The key of a refund may be reused after its retention.
    violations: `select l.wallet, l.name from checked w join {schema}.lot l on l.wallet = w.number
      where l.kind <> 'refund' and exists (select from {schema}.lot o where o.name = l.name
        and (o.wallet, o.ordinal) <> (l.wallet, l.ordinal) and (o.kind = 'allowance') = (l.kind = 'allowance') and o.kind <> 'refund'
        and (l.kind <> 'allowance' or (o.wallet = l.wallet and o.period = l.period)))`,
  },
  {
    invariant: 'grant_expiry',
    message: 'grant `{name}` did not expire completely at its expiry',
    violations: `select l.wallet, l.name from checked w join {schema}.lot l on l.wallet = w.number
      left join posting s on s.wallet = l.wallet and s.lot = l.ordinal and s.type = ${entryTypes.indexOf('expired')}
      where (l.state in ('expired', 'revoked') and l.available <> 0) or s.at <> l.expires_at
        or (s.at is not null and l.state <> 'expired')`,
  },
  {
    invariant: 'grant_expiry',
    message: 'grant `{name}` received credits after it expired',
    // With the conditions in the join, the planner would expect few matches and compare each grant with every entry.
    violations: `select l.wallet, l.name from checked w join {schema}.lot l on l.wallet = w.number
      left join posting s on s.wallet = l.wallet and s.lot = l.ordinal
      group by l.wallet, l.ordinal, l.name, l.expires_at
      having max(case when s.target = ${available} and l.state = 'expired' then s.at end) >= l.expires_at`,
  },
]

/**
 * SQL subquery with one row per level of each hold: the sums of the hold's entries at that level. Ignores entries from
 * before the hold's creation, which belong to a forgotten hold with the same id.
 */
const holdSums = `(select l.id, l.at_wallet, l.amount, l.held, l.spent, l.refunded, count(s.amount) as entries,
      ${sum(reserved)} as posted_held, ${sumWhere(`s.type = ${entryTypes.indexOf('reserved')}`)} as posted_amount,
      ${sumWhere(`s.target = ${spent}`)} as posted_spent, ${sumWhere(`s.source = ${spent}`)} as posted_refunded
    from hold_level l left join traced s on s.wallet = l.at_wallet and s.hold = l.id and s.since >= l.created_at
    group by l.id, l.at_wallet, l.amount, l.held, l.spent, l.refunded)`

const holds: readonly InvariantCheck[] = [
  {
    invariant: 'hold_sum',
    message: 'the held amount differs from the entries of the hold',
    violations: `select m.at_wallet as wallet, m.id as hold from ${holdSums} m where m.held <> m.posted_held or m.amount <> m.posted_amount`,
  },
  {
    invariant: 'hold_sum',
    message: 'the held amount differs from the sum of its slices',
    violations: `select s.at_wallet as wallet, s.id as hold from slice s
      group by s.at_wallet, s.id, s.held having s.held <> coalesce(sum(s.amount), 0)`,
  },
  {
    invariant: 'hold_cost',
    message: 'the cost differs from the entries of the hold',
    violations: `select m.at_wallet as wallet, m.id as hold from ${holdSums} m where m.spent <> m.posted_spent or m.refunded <> m.posted_refunded`,
  },
  {
    invariant: 'hold_path',
    message: 'the hold is not recorded at every level of its path',
    violations: `select m.at_wallet as wallet, m.id as hold from ${holdSums} m where m.entries = 0 and (m.amount > 0 or m.spent > 0)
      union
      select s.wallet, s.hold from traced s join {schema}.hold h on h.id = s.hold and s.since >= h.created_at
      where s.wallet::text <> all (string_to_array(h.path, ','))
      union
      select coalesce(a.wallet, l.at_wallet), coalesce(a.hold, l.id) from (
        select a.* from {schema}.hold_ancestor a join checked w on w.number = a.wallet) a
      full join (select * from hold_level where state = 'held' and place > 1) l
        on l.id = a.hold and l.at_wallet = a.wallet and l.expires_at = a.expires_at
      where a.hold is null or l.id is null`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'a hold that has ended still holds credits',
    violations: `select l.at_wallet as wallet, l.id as hold from hold_level l
      where l.place = 1 and l.state <> 'held' and (l.held <> 0 or json_array_length(l.body::json -> ${slicesPlace}) > 0)`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'the hold holds more than was reserved',
    violations: `select l.at_wallet as wallet, l.id as hold from hold_level l where l.place = 1 and (l.held < 0 or l.held > l.amount)`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'a refund names no cost entry of its hold',
    violations: `select s.wallet, s.hold from traced s where s.source = ${spent} and (s.refunds is null or s.refunds >= s.sequence
      or s.cost_hold is distinct from s.hold or s.cost_target is distinct from ${spent})`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'the refunds of an entry exceed it, or differ from their sum',
    violations: `select coalesce(p.wallet, r.wallet) as wallet from (
        select s.wallet, s.refunds, s.cost_amount, sum(s.amount) as refunded from traced s where s.refunds is not null
        group by s.wallet, s.refunds, s.cost_amount) p
      full join (select r.* from {schema}.refunded r join checked w on w.number = r.wallet) r
        on r.wallet = p.wallet and r.sequence = p.refunds
      where p.refunded is distinct from r.amount or p.refunded > p.cost_amount`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'more was refunded than was spent',
    violations: `select l.at_wallet as wallet, l.id as hold from hold_level l
      where l.place = 1 and (l.refunded < 0 or l.refunded > l.spent)`,
  },
]

/** All invariant checks, for balances, grants and holds. */
export const invariantChecks: readonly InvariantCheck[] = [...balances, ...grants, ...holds]
