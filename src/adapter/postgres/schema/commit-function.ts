import { type BucketColumn, bucketColumns } from '../row/bucket-column.ts'
import { noNumber, type PartName, partNames } from '../row/change-set-part.ts'
import {
  cell,
  countOf,
  current,
  insert,
  insertOne,
  numbersOf,
  ofEach,
  orNull,
  refuseExisting,
  remove,
  rows,
  type Start,
  setOne,
  stored,
  textsOf,
  unbookedText,
  update,
} from './part-sql.ts'
import { planSettings } from './plan-settings.ts'

/*
 * Generates the SQL function `commit`, which writes a change set part by part. Its variables:
 *
 * - `n` and `t`: the two arguments, numbers and texts; `p` and `q`: where the current part begins in each;
 * - `k`: the row count of the current part;
 * - `e` and `m`: where the entries begin in `n`, and how many there are.
 */

/**
 * SQL that locks the wallets whose versions the batch depends on. Locks in the order of the argument, so that batches
 * never deadlock. Returns -1 when a version has changed. Skips the lock when the batch writes all of these wallets and
 * they are at most four: the updates then lock the wallets in the same order.
 */
const lockVersions = `
    locks_by_update := n[${countOf('wallets')}] = k and k <= 4;
    if not locks_by_update then
      perform 1 from (
        select w.number from unnest(n[p : p + k - 1], n[p + k : p + 2 * k - 1]) with ordinality s (number, version, place)
        join {schema}.wallet w on w.number = s.number and w.version = s.version
        order by s.place for no key update of w) locked;
      get diagnostics affected = row_count;
      if affected <> k then return -1; end if;
    end if;`

/**
 * The terms of the conservation check: bucket columns with signs. For a correct wallet the terms sum to zero. In this
 * order no partial sum overflows.
 */
const conservation: readonly (readonly [sign: '+' | '-', column: BucketColumn])[] = [
  ['+', 'overdraft'],
  ['+', 'written_off'],
  ['-', 'spent'],
  ['+', 'drawn'],
  ['-', 'reserved'],
  ['+', 'granted'],
  ['-', 'available'],
  ['-', 'expired'],
  ['-', 'revoked'],
]

/**
 * SQL condition that is true for a wallet that violates conservation: its source and destination buckets have different
 * sums. A table constraint would cost more.
 */
const isUnbalanced = (value: (column: string) => string): string =>
  `${conservation.map(([sign, column]) => `${sign} ${value(column)}`).join(' ')} <> 0`

/**
 * SQL expression for the new `due_at` of a wallet, a lower bound on the instant at which an item comes due. Keeps a
 * stored bound that is in the future and not too late, so that most writes do not update the index of the column.
 */
const dueAt = (value: (column: string) => string): string => {
  const due = value('due_at')
  return `case when w.due_at > ${value('at')} and (${due} = ${noNumber} or w.due_at <= ${due}) then w.due_at else ${orNull(due)} end`
}

const setWallet = (value: (column: string) => string): string => {
  const columns = numbersOf('wallets').filter((column) => column !== 'number')
  return columns
    .map((column) => `${column} = ${column === 'due_at' ? dueAt(value) : stored('wallets', column, value(column))}`)
    .join(', ')
}

/** SQL expression for a column in row `i` (from 0) of the part `wallets`. */
const ofWalletAt = (column: string): string => `n[p + ${numbersOf('wallets').indexOf(column)} * k + i]`

const writeWallets = `
    if locks_by_update then
      for i in 0 .. k - 1 loop
        if ${isUnbalanced(ofWalletAt)} then
          raise exception 'the buckets of wallet % violate conservation', ${ofWalletAt('number')} using errcode = 'check_violation';
        end if;
        update {schema}.wallet w set ${setWallet(ofWalletAt)}
        where w.number = ${ofWalletAt('number')} and w.version = ${ofWalletAt('version')} - 1;
        if not found and i = 0 then return -1; end if;
        if not found then raise exception 'a wallet version has changed' using errcode = 'serialization_failure'; end if;
      end loop;
    else
      if exists (select from ${rows('wallets', bucketColumns)} where ${isUnbalanced(ofEach)}) then
        raise exception 'the buckets of a wallet violate conservation' using errcode = 'check_violation';
      end if;
      update {schema}.wallet w set ${setWallet(ofEach)} from ${rows('wallets')} where w.number = c.number;
      get diagnostics affected = row_count;
      if affected <> k then raise exception 'row not found' using errcode = 'serialization_failure'; end if;
    end if;`

/** SQL that inserts all entries of a batch as one entry block, for a batch that changes one wallet. */
function insertBlock(block: Start, e: string | number, q: string | number): string {
  const list = (column: number): string => `n[${e} + ${column} * m : ${e} + ${column + 1} * m - 1]`
  return `insert into {schema}.entry_block (wallet, last, at, code, amount, lot, hold, calls, details)
      values (${cell('blocks', 'wallet', block)}, ${cell('blocks', 'last', block)}, ${list(0)}, ${list(1)}::smallint[],
        ${list(2)}, ${list(3)}, t[${q} : ${q} + m - 1], ${cell('blocks', 'calls', block)}, ${cell('blocks', 'details', block)})`
}

/**
 * SQL that inserts the entry blocks. Extracts the entry columns from `n` and `t` first, and then slices the
 * blocks from these shorter arrays, because each slice copies its whole source array.
 */
const writeBlocks = `
    e := p + ${numbersOf('blocks').length} * k;
    m := n[${countOf('entries')}];
    if k = 1 then
      ${insertBlock(current, 'e', 'q + 2')};
    else
      insert into {schema}.entry_block (wallet, last, at, code, amount, lot, hold, calls, details)
      select c.wallet, c.last, a.at[c.first_place : c.last_place], a.code[c.first_place : c.last_place],
        a.amount[c.first_place : c.last_place], a.lot[c.first_place : c.last_place], a.hold[c.first_place : c.last_place],
        c.calls, c.details
      from ${rows('blocks')}, (
        select n[e : e + m - 1] as at, n[e + m : e + 2 * m - 1]::smallint[] as code, n[e + 2 * m : e + 3 * m - 1] as amount,
          n[e + 3 * m : e + 4 * m - 1] as lot, t[q + 2 * k : q + 2 * k + m - 1] as hold offset 0) a;
    end if;`

/** SQL that sets the sum of all refunds of each refunded cost entry. */
const writeRefunded = `
    insert into {schema}.refunded (wallet, sequence, amount)
    select c.wallet, c.sequence, c.amount from ${rows('refunded')}
    on conflict (wallet, sequence) do update set amount = excluded.amount;`

/**
 * SQL that raises a serialization failure when a wallet exists that the batch expects to be absent. Runs after the wallets
 * are locked: a write that saw the new wallet and shares a wallet with this batch is then either visible here, or later.
 */
const refuseWallets = `
    if exists (select from ${rows('absentWallets')} join {schema}.wallet w
      on w.type = c.type and w.id = c.id and w.incarnation = c.incarnation and w.version > 0) then
      raise exception 'wallet already exists' using errcode = 'serialization_failure';
    end if;`

/** SQL that locks the unbooked holds of the batch, and raises a serialization failure when one has changed. */
const lockUnbooked = `
    perform 1 from (
      select h.id from ${rows('unbookedHolds')} join {schema}.hold h on h.id = c.id and ${unbookedText} = c.text
      order by h.id for update of h) locked;
    get diagnostics affected = row_count;
    if affected <> k then raise exception 'hold has changed' using errcode = 'serialization_failure'; end if;`

/**
 * The SQL that writes each part, by part name. `undefined` for `entries`, because the SQL of `blocks` also writes the
 * entries.
 */
const writers: Readonly<Record<PartName, string | undefined>> = {
  expectedVersions: lockVersions,
  wallets: writeWallets,
  terms: update('terms', ['wallet', 'number']),
  absentWallets: refuseWallets,
  unbookedHolds: lockUnbooked,
  absentHolds: refuseExisting('hold', 'id'),
  absentKeys: refuseExisting('key', 'key'),
  insertedLots: insert('insertedLots', 'lot'),
  updatedLots: update('updatedLots', ['lot', 'wallet', 'ordinal']),
  deletedHolds: remove('deletedHolds', 'hold'),
  insertedHolds: insert('insertedHolds', 'hold'),
  endedHolds: update('endedHolds', ['hold', 'id']),
  updatedHolds: update('updatedHolds', ['hold', 'id']),
  deletedAncestors: remove('deletedAncestors', 'hold_ancestor'),
  insertedAncestors: insert('insertedAncestors', 'hold_ancestor'),
  deletedKeys: remove('deletedKeys', 'key'),
  insertedKeys: insert('insertedKeys', 'key'),
  refunded: writeRefunded,
  blocks: writeBlocks,
  entries: undefined,
}

function writePart(part: PartName): string {
  const [numbers, texts] = [numbersOf(part).length, textsOf(part).length]
  return `
  k := n[${countOf(part)}];
  if k > 0 then${writers[part]}
    p := p + ${numbers} * k;
    q := q + ${texts} * k;
  end if;`
}

/**
 * SQL for the most common change set: one reserve or settle on one wallet with one grant. Each named part has exactly
 * one row, except `entries`. Every array position is therefore known when the SQL is generated.
 */
function fastPath(...names: readonly PartName[]): string {
  const starts = new Map<PartName, Start>()
  let [p, q] = [partNames.length + 1, 1]
  for (const part of partNames) {
    if (!names.includes(part)) continue
    starts.set(part, { p, q })
    p += numbersOf(part).length
    q += textsOf(part).length
  }
  const at = (part: PartName): Start => starts.get(part) as Start
  const of = (column: string): string => cell('wallets', column, at('wallets'))
  const { p: e, q: f } = at('entries')
  const counts = partNames.map((part) => (part === 'entries' ? undefined : names.includes(part) ? 1 : 0)).slice(0, -1)
  const hold = names.includes('insertedHolds')
    ? insertOne('insertedHolds', 'hold', at('insertedHolds'))
    : setOne('endedHolds', ['hold', 'id'], at('endedHolds'))
  return `
  if n[1 : ${counts.length}] = '{${counts.join(',')}}' then
    m := n[${countOf('entries')}];
    if ${isUnbalanced(of)} then
      raise exception 'the buckets of wallet % violate conservation', ${of('number')} using errcode = 'check_violation';
    end if;
    update {schema}.wallet w set ${setWallet(of)} where w.number = ${of('number')} and w.version = ${of('version')} - 1;
    if not found then return -1; end if;
    ${setOne('updatedLots', ['lot', 'wallet', 'ordinal'], at('updatedLots'))};
    ${hold};
    if not found then raise exception 'row not found' using errcode = 'serialization_failure'; end if;
    ${insertBlock(at('blocks'), e, f)};
    return floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
  end if;`
}

/**
 * SQL function `commit`: writes a change set atomically, and returns the database's time. Returns -1 when a
 * precondition fails before the first write. After the first write, a failed precondition raises a serialization
 * failure, which rolls back the change set. Locks the wallets in the order of the argument: descendants before
 * ancestors. Statements after the lock see the latest committed rows.
 */
export const commitFunction = `
create function {schema}.commit(n bigint[], t text[]) returns bigint language plpgsql
${planSettings}
as $$
declare
  k integer;
  p integer := ${partNames.length + 1};
  q integer := 1;
  e integer;
  m integer;
  affected bigint;
  locks_by_update boolean;
begin${fastPath('expectedVersions', 'wallets', 'updatedLots', 'insertedHolds', 'blocks', 'entries')}${fastPath('expectedVersions', 'wallets', 'updatedLots', 'endedHolds', 'blocks', 'entries')}${partNames
  .filter((part) => writers[part] !== undefined)
  .map(writePart)
  .join('')}
  return floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
end $$;
`
