import type { LedgerInvariant } from '../../../port/ledger-invariant.ts'
import { countedColumns } from '../row/change-set-part.ts'

/*
 * What is recounted, in the database's own words: it knows nothing of the kernel. Each question is one statement, so that it
 * sees one moment, and writes that go on meanwhile look like no violation.
 */

/** One thing that must hold. Where it does not, its rows say so. */
export interface Question {
  readonly invariant: LedgerInvariant
  /** The message; `{name}` stands for the name of a grant. */
  readonly message: string
  /** Selects, of what is wrong, the number of a wallet as `wallet`, and the id of a hold as `hold` or the name of a grant as `name`. */
  readonly wrong: string
}

/**
 * What the questions are asked of. Only here is said how entries, and what holds hold, are stored.
 *
 * - `asked`: the wallets that are asked about, `$1` to `$3`, or all.
 * - `said`: their entries. The buckets have the numbers of their columns: 0 to 3 are where credits come from, 4 to 8 what
 *   becomes of them.
 * - `level`: each level of each hold that they are part of, the lowest is 1.
 * - `slice`: what is held, by level and grant.
 */
export const subjects = (schema: string): string => `with asked as materialized (
    select * from ${schema}.wallet where version > 0
      and ($1::text is null or (type = $1::text and id = $2::text and incarnation = $3::bigint))),
  said as (
    select e.wallet, e.sequence, e.at, e.movement / 100 as type, e.movement / 10 % 10 as source, e.movement % 10 as target,
      e.amount, e.lot, e.hold
    from ${schema}.entry e join asked w on w.number = e.wallet),
  level as (
    select h.*, way.number::bigint as at_wallet, way.place
    from ${schema}.hold h cross join unnest(string_to_array(h.path, ',')) with ordinality way (number, place)
    join asked w on w.number = way.number::bigint),
  slice as (
    select l.id, l.at_wallet, l.held, (part ->> 1)::bigint as lot, (part ->> 2)::bigint as amount
    from level l left join json_array_elements(l.body::json -> 11) part on (part ->> 0)::integer = l.place - 1
    where l.state = 'held')`

const lastSource = 3

/** What entries come to in a bucket. */
const sum = (bucket: number): string => {
  const [plus, minus] = bucket <= lastSource ? ['source', 'target'] : ['target', 'source']
  return `coalesce(sum(s.amount) filter (where s.${plus} = ${bucket}), 0) - coalesce(sum(s.amount) filter (where s.${minus} = ${bucket}), 0)`
}
const sumWhere = (condition: string): string => `coalesce(sum(s.amount) filter (where ${condition}), 0)`
/** What the entries of a grant come to in a bucket, up to each of them. */
const running = (bucket: number): string =>
  `sum(case ${bucket} when s.target then s.amount when s.source then -s.amount else 0 end)
        over (partition by s.wallet, s.lot order by s.sequence)`
const [available, reserved, spent] = [4, 5, 6]
const types = { granted: 0, reserved: 1, expired: 7 }

const balances: readonly Question[] = [
  {
    invariant: 'conservation',
    message: 'what came in is not what became of it',
    wrong: `select w.number as wallet from asked w
      where w.granted::numeric + w.drawn + w.overdraft + w.written_off <> w.available::numeric + w.reserved + w.spent + w.expired + w.revoked`,
  },
  {
    invariant: 'non_negative',
    message: 'an amount is below zero',
    wrong: `select w.number as wallet from asked w where least(${countedColumns.map((column) => `w.${column}`).join(', ')}) < 0`,
  },
  {
    invariant: 'overdraft_repaid',
    message: 'there is overdraft and something available to repay it',
    wrong: `select w.number as wallet from asked w where w.overdraft > 0 and exists (
      select from {schema}.lot l where l.wallet = w.number and l.tags is null and l.available > 0)`,
  },
  {
    invariant: 'hold_sum',
    message: 'what is reserved is not what holds hold',
    wrong: `select w.number as wallet from asked w left join level l on l.at_wallet = w.number
      group by w.number, w.reserved having w.reserved <> coalesce(sum(l.held), 0)`,
  },
  {
    invariant: 'reserve_limits',
    message: 'what the cap counts is not what was spent in its period',
    // Amounts in the terms are marked by what the database does not read as JSON.
    wrong: `select w.number as wallet from asked w left join said s on s.wallet = w.number and s.at >= w.cap_starts_at
      where w.terms like '{"funding":"%","cap":{%'
      group by w.number, w.cap_spent having w.cap_spent <> ${sum(spent)}`,
  },
  {
    invariant: 'balance_sum',
    message: 'the balance is not the sum of the entries',
    wrong: `select w.number as wallet from asked w left join said s on s.wallet = w.number
      group by w.number, ${countedColumns.map((column) => `w.${column}`).join(', ')}
      having ${countedColumns.map((column, bucket) => `w.${column} <> ${sum(bucket)}`).join(' or ')}`,
  },
  {
    invariant: 'entry_sequence',
    message: 'an entry is missing, or there are more than the wallet knows of',
    wrong: `select w.number as wallet from asked w left join said s on s.wallet = w.number
      group by w.number, w.sequence having count(s.sequence) <> w.sequence or count(distinct s.sequence) <> w.sequence
        or coalesce(min(s.sequence), 1) <> 1 or coalesce(max(s.sequence), 0) <> w.sequence`,
  },
  {
    invariant: 'entry_sequence',
    message: 'an entry took effect before the one before it',
    wrong: `select o.wallet from (
      select s.wallet, s.at < lag(s.at) over (partition by s.wallet order by s.sequence) as is_early from said s) o where o.is_early`,
  },
]

const grants: readonly Question[] = [
  {
    invariant: 'grant_sum',
    message: 'what is available is not what its grants have',
    wrong: `select w.number as wallet from asked w left join {schema}.lot l on l.wallet = w.number
      group by w.number, w.available having w.available <> coalesce(sum(l.available), 0)`,
  },
  {
    invariant: 'grant_sum',
    message: 'what is held of grant `{name}` is not what holds hold',
    wrong: `select l.wallet, l.name from asked w join {schema}.lot l on l.wallet = w.number
      left join slice s on s.at_wallet = l.wallet and s.lot = l.ordinal
      group by l.wallet, l.ordinal, l.name, l.reserved having l.reserved <> coalesce(sum(s.amount), 0)`,
  },
  {
    invariant: 'grant_sum',
    message: 'grant `{name}` has more than it brought',
    wrong: `select l.wallet, l.name from asked w join {schema}.lot l on l.wallet = w.number
      where l.available < 0 or l.available::numeric + l.reserved > l.amount`,
  },
  {
    invariant: 'grant_sum',
    message: 'grant `{name}` is not what its entries made of it',
    // What is still to come has no entries, nor has what was revoked before it came. What a refund brought was never spent before.
    wrong: `select l.wallet, l.name from asked w join {schema}.lot l on l.wallet = w.number
      left join (select s.*, case when s.lot is not null then ${running(spent)} end as spent_by_then from said s) s
        on s.wallet = l.wallet and s.lot = l.ordinal
      group by l.wallet, l.ordinal, l.name, l.kind, l.state, l.amount, l.available, l.reserved
      having l.available <> ${sum(available)} or l.reserved <> ${sum(reserved)} or ${sum(spent)} < case l.kind when 'refund' then -l.amount else 0 end
        or l.amount <> case when count(s.amount) = 0 and l.state in ('scheduled', 'revoked') then l.amount
          when l.kind = 'refund' then -least(min(s.spent_by_then), 0)
          else ${sumWhere(`s.type = ${types.granted}`)} end`,
  },
  {
    invariant: 'idempotency',
    message: 'grant `{name}` was granted twice',
    // The key of a refund is forgotten after a while, and may name another then.
    wrong: `select l.wallet, l.name from asked w join {schema}.lot l on l.wallet = w.number
      where l.kind <> 'refund' and exists (select from {schema}.lot o where o.name = l.name
        and (o.wallet, o.ordinal) <> (l.wallet, l.ordinal) and (o.kind = 'allowance') = (l.kind = 'allowance') and o.kind <> 'refund'
        and (l.kind <> 'allowance' or (o.wallet = l.wallet and o.period = l.period)))`,
  },
  {
    invariant: 'grant_expiry',
    message: 'grant `{name}` expired, but not all of it',
    wrong: `select l.wallet, l.name from asked w join {schema}.lot l on l.wallet = w.number
      left join said s on s.wallet = l.wallet and s.lot = l.ordinal and s.type = ${types.expired}
      where (l.state in ('expired', 'revoked') and l.available <> 0) or s.at <> l.expires_at
        or (s.at is not null and l.state <> 'expired')`,
  },
  {
    invariant: 'grant_expiry',
    message: 'grant `{name}` expired, and came back',
    // Conditions that are met while they are joined would be taken for rare ones, and each grant be compared with every entry.
    wrong: `select l.wallet, l.name from asked w join {schema}.lot l on l.wallet = w.number
      left join said s on s.wallet = l.wallet and s.lot = l.ordinal
      group by l.wallet, l.ordinal, l.name, l.expires_at
      having max(case when s.target = ${available} and l.state = 'expired' then s.at end) >= l.expires_at`,
  },
]

/* Whoever takes an id anew, after its hold was forgotten, has its own entries from then on. */
const moved = `(select l.id, l.at_wallet, l.amount, l.held, l.spent, l.refunded, count(s.amount) as entries,
      ${sum(reserved)} as said_held, ${sumWhere(`s.type = ${types.reserved}`)} as said_amount,
      ${sumWhere(`s.target = ${spent}`)} as said_spent, ${sumWhere(`s.source = ${spent}`)} as said_refunded
    from level l left join said s on s.wallet = l.at_wallet and s.hold = l.id and s.at >= l.created_at
    group by l.id, l.at_wallet, l.amount, l.held, l.spent, l.refunded)`

const holds: readonly Question[] = [
  {
    invariant: 'hold_sum',
    message: 'its entries hold another amount than it does',
    wrong: `select m.at_wallet as wallet, m.id as hold from ${moved} m where m.held <> m.said_held or m.amount <> m.said_amount`,
  },
  {
    invariant: 'hold_sum',
    message: 'what it holds is not of its grants',
    wrong: `select s.at_wallet as wallet, s.id as hold from slice s
      group by s.at_wallet, s.id, s.held having s.held <> coalesce(sum(s.amount), 0)`,
  },
  {
    invariant: 'hold_cost',
    message: 'its entries cost another amount than it does',
    wrong: `select m.at_wallet as wallet, m.id as hold from ${moved} m where m.spent <> m.said_spent or m.refunded <> m.said_refunded`,
  },
  {
    invariant: 'hold_path',
    message: 'it is not on every level of its path',
    wrong: `select m.at_wallet as wallet, m.id as hold from ${moved} m where m.entries = 0 and (m.amount > 0 or m.spent > 0)
      union
      select s.wallet, s.hold from said s join {schema}.hold h on h.id = s.hold and s.at >= h.created_at
      where s.wallet::text <> all (string_to_array(h.path, ','))
      union
      select coalesce(a.wallet, l.at_wallet), coalesce(a.hold, l.id) from (
        select a.* from {schema}.hold_above a join asked w on w.number = a.wallet) a
      full join (select * from level where state = 'held' and place > 1) l
        on l.id = a.hold and l.at_wallet = a.wallet and l.expires_at = a.expires_at
      where a.hold is null or l.id is null`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'a hold that has ended holds something',
    wrong: `select l.at_wallet as wallet, l.id as hold from level l
      where l.place = 1 and l.state <> 'held' and (l.held <> 0 or json_array_length(l.body::json -> 11) > 0)`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'a hold holds more than it was given',
    wrong: `select l.at_wallet as wallet, l.id as hold from level l where l.place = 1 and (l.held < 0 or l.held > l.amount)`,
  },
  {
    invariant: 'hold_lifecycle',
    message: 'more was refunded than it has cost',
    wrong: `select l.at_wallet as wallet, l.id as hold from level l
      where l.place = 1 and (l.refunded < 0 or l.refunded > l.spent)`,
  },
]

/** Everything that is recounted. */
export const questions: readonly Question[] = [...balances, ...grants, ...holds]
