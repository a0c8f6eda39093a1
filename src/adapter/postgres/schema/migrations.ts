import { buckets, entryTypes } from '../../../port/bucket.ts'
import { bucketColumns } from '../row/bucket-column.ts'
import { noNumber } from '../row/change-set-part.ts'
import { sqlSourceOf, sqlTargetOf, sqlTypeOf } from '../row/entry-code.ts'
import { commitFunction } from './commit-function.ts'
import { loadFunction } from './load-function.ts'
import { unbookedText } from './part-sql.ts'
import { planSettings } from './plan-settings.ts'
import { purgeFunction } from './purge-function.ts'

/*
 * The schema as a list of migrations. A released migration never changes; a change to the schema is a new migration at the
 * end. `{schema}` stands for the quoted schema name. Amounts are bigint, instants are epoch milliseconds.
 *
 * - `wallet`: its version grows with every change to it, to its lots, or to a hold over it. So a process that knows the
 *   current version knows everything that a decision about the wallet depends on.
 *   The `id` of a membership is its team and user as a JSON array.
 * - `lot`: a grant, or one period of an allowance. `is_open` while it is scheduled, contains credits, or is the current one
 *   of an allowance; other lots are read only to refund or revoke them.
 * - `hold`: a hold or charge. `wallet` is the lowest level of `path`, which lists wallet numbers.
 * - `hold_ancestor`: the other levels of each open hold, so that a lapse is found from every level.
 * - `key`: idempotency keys, with the request and its result.
 * - `retention`: one row, the longest retention that any process opened the schema with.
 * - `entry_block`: append-only. Entries that one batch wrote to one wallet at one instant; `last` is the sequence of the
 *   last one. `calls` has the distinct calls of the block as JSON, and the index of each entry's call if they are several.
 *   `details` is a JSON object by sequence: the tags of overdraft, and the number of the refunded entry.
 * - `refunded`: the sum of all refunds of each refunded cost entry, kept indefinitely.
 */
const tables = `
create domain {schema}.amount as bigint check (value >= 0);
create table {schema}.wallet (
  number bigint generated always as identity primary key,
  type text collate "C" not null,
  id text collate "C" not null,
  incarnation bigint not null,
  version bigint not null default 0,
  sequence bigint not null default 0,
  ${bucketColumns.map((column) => `${column} {schema}.amount not null default 0`).join(',\n  ')},
  at bigint not null default 0,
  ordinal bigint not null default 0,
  due_at bigint,
  parent bigint references {schema}.wallet,
  terms text,
  allowances text,
  debts text,
  cap_spent bigint not null default 0,
  cap_starts_at bigint not null default 0,
  cap_ends_at bigint,
  unique (type, id, incarnation)
) with (fillfactor = 50);
create index wallet_due on {schema}.wallet (due_at) where due_at is not null;
create index wallet_parent on {schema}.wallet (parent) where parent is not null;

create table {schema}.lot (
  wallet bigint not null references {schema}.wallet,
  ordinal bigint not null,
  name text collate "C" not null,
  period bigint,
  kind text not null,
  priority integer not null,
  effective_at bigint not null,
  expires_at bigint,
  tags text,
  amount {schema}.amount not null,
  available {schema}.amount not null,
  reserved {schema}.amount not null,
  state text not null,
  is_open boolean not null,
  primary key (wallet, ordinal),
  check (available <= amount - reserved)
) with (fillfactor = 50);
create index lot_open on {schema}.lot (wallet) where is_open;

create table {schema}.hold (
  id text collate "C" primary key,
  wallet bigint,
  path text not null,
  state text not null,
  amount {schema}.amount not null,
  held {schema}.amount not null,
  spent {schema}.amount not null,
  refunded {schema}.amount not null,
  created_at bigint not null,
  expires_at bigint not null,
  ended_at bigint not null,
  body text not null,
  check (held <= amount and refunded <= spent and (state = 'held' or held = 0))
) with (fillfactor = 70);
create index hold_due on {schema}.hold (wallet, expires_at) where state = 'held';
create index hold_unbooked on {schema}.hold (expires_at) where state = 'held' and wallet is null;
create index hold_ended on {schema}.hold (ended_at) where state <> 'held';

create table {schema}.hold_ancestor (
  wallet bigint not null,
  expires_at bigint not null,
  hold text collate "C" not null,
  primary key (wallet, expires_at, hold)
);

create table {schema}.key (
  key text collate "C" primary key,
  type text not null,
  request text not null,
  answer text not null,
  ended_at bigint not null
);
create index key_ended on {schema}.key (ended_at) where type <> 'grant';

create table {schema}.retention (
  is_only boolean primary key default true check (is_only),
  longest bigint not null,
  known_since bigint not null
);

create table {schema}.entry_block (
  wallet bigint not null,
  last bigint not null,
  at bigint[] not null,
  code smallint[] not null,
  amount bigint[] not null,
  lot bigint[] not null,
  hold text[] collate "C" not null,
  calls text,
  details text,
  primary key (wallet, last)
);
create index entry_block_at on {schema}.entry_block ((at[1]));

create table {schema}.refunded (
  wallet bigint not null,
  sequence bigint not null,
  amount {schema}.amount not null,
  primary key (wallet, sequence)
);

create view {schema}.entry as
  select b.wallet, b.last - cardinality(b.amount) + e.place as sequence, e.at, e.code, e.amount,
    nullif(e.lot, ${noNumber}) as lot, e.hold,
    b.details::json -> (b.last - cardinality(b.amount) + e.place)::text as details,
    case when e.hold is not null then
      b.calls::json -> 0 -> coalesce((b.calls::json -> 1 ->> (e.place - 1)::integer)::integer, 0) end as call
  from {schema}.entry_block b
  cross join lateral unnest(b.at, b.code, b.amount, b.lot, b.hold) with ordinality
    e (at, code, amount, lot, hold, place);

create view {schema}.statement as
  select w.type as wallet_type, case when w.type = 'member' then w.id::json ->> 1 else w.id end as wallet,
    case when w.type = 'member' then w.id::json ->> 0 end as member_of, w.incarnation, e.sequence, to_timestamp(e.at / 1000.0) as at,
    ('{${entryTypes.join(',')}}'::text[])[${sqlTypeOf('e.code')} + 1] as type,
    b.names[${sqlSourceOf('e.code')} + 1] as "from", b.names[${sqlTargetOf('e.code')} + 1] as "to",
    e.amount, l.name as grant_key, to_timestamp(l.period / 1000.0) as period, e.hold,
    case json_typeof(e.details -> 0) when 'array' then array(select json_array_elements_text(e.details -> 0)) end as only_tags,
    (e.details ->> 1)::bigint as refunds,
    (select json_agg(case when v.type = 'member'
        then json_build_object('type', v.type, 'team', v.id::json ->> 0, 'user', v.id::json ->> 1, 'incarnation', v.incarnation)
        else json_build_object('type', v.type, 'id', v.id, 'incarnation', v.incarnation) end order by c.place)
      from json_array_elements(e.call -> 0) with ordinality c (level, place)
      cross join lateral (
        select p.type, p.id, p.incarnation from {schema}.wallet p
        where json_typeof(c.level) = 'number' and p.number = (c.level #>> '{}')::bigint
        union all
        select c.level ->> 0, c.level ->> 1, (c.level ->> 2)::bigint where json_typeof(c.level) = 'array') v) as path,
    e.call -> 1 as tags, e.call ->> 2 as note
  from {schema}.entry e
  join {schema}.wallet w on w.number = e.wallet
  left join {schema}.lot l on l.wallet = e.wallet and l.ordinal = e.lot
  cross join (select '{${buckets.join(',')}}'::text[] as names) b;

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'entries are append-only' using errcode = 'restrict_violation';
end $$;
create trigger entry_block_is_append_only before update or delete or truncate on {schema}.entry_block
  for each statement execute function {schema}.refuse_change();
`

/**
 * SQL function that creates a placeholder row (version 0) for each wallet without a row, so that the wallet can be
 * locked.
 */
const createWalletRows = `
create function {schema}.create_wallet_rows(wallet_types text[], wallet_ids text[], wallet_incarnations bigint[])
returns void language sql as $$
  insert into {schema}.wallet (type, id, incarnation)
  select distinct type, id, incarnation from unnest(wallet_types, wallet_ids, wallet_incarnations) a (type, id, incarnation)
  order by type, id, incarnation
  on conflict do nothing
$$;
`

/** SQL function that returns whether the preconditions of a batch still hold. Writes nothing. */
const checkPreconditions = `
create function {schema}.check_preconditions(
  wallet_numbers bigint[], wallet_versions bigint[], absent_holds text[], absent_keys text[],
  absent_types text[], absent_ids text[], absent_incarnations bigint[], unbooked_ids text[], unbooked_texts text[]
) returns boolean language plpgsql stable
${planSettings}
as $$
begin
  return cardinality(wallet_numbers) = (
      select count(*) from unnest(wallet_numbers, wallet_versions) s (number, version)
      join {schema}.wallet w on w.number = s.number and w.version = s.version)
    and not exists (select from unnest(absent_types, absent_ids, absent_incarnations) a (type, id, incarnation)
      join {schema}.wallet w on w.type = a.type and w.id = a.id and w.incarnation = a.incarnation and w.version > 0)
    and cardinality(unbooked_ids) = (
      select count(*) from unnest(unbooked_ids, unbooked_texts) u (id, text)
      join {schema}.hold h on h.id = u.id and ${unbookedText} = u.text)
    and not exists (select from {schema}.hold where id = any (absent_holds))
    and not exists (select from {schema}.key k where k.key = any (absent_keys));
end $$;
`

/**
 * Every migration as a list of statements, the oldest migration first. The version of a schema is the number of
 * migrations applied to the schema.
 */
export const migrations: readonly (readonly string[])[] = [
  statements(tables, loadFunction, createWalletRows, checkPreconditions, commitFunction, purgeFunction),
]

/**
 * Splits SQL into single statements, since drivers run one statement at a time. Expects each statement to begin with
 * `create` at the start of a line.
 */
function statements(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.trim().split(/;\n+(?=create )/))
}
