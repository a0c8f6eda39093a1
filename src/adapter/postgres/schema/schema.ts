import { bucketOrder, entryTypes } from '../row/entry-code.ts'
import { purgeFunction } from './purge.ts'
import { commit } from './schema-commit.ts'

/*
 * The schema, as migrations. A migration is never changed once it is released: what is to be different is one more at the end.
 * `{schema}` stands for the quoted name of the schema.
 *
 * Amounts are bigint. Instants are epoch milliseconds. A wallet's version grows with everything that happens to it, to its
 * lots, or to a hold over it, so whoever knows the version knows all that a decision about the wallet rests on.
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
  granted {schema}.amount not null default 0,
  drawn {schema}.amount not null default 0,
  overdraft {schema}.amount not null default 0,
  written_off {schema}.amount not null default 0,
  available {schema}.amount not null default 0,
  reserved {schema}.amount not null default 0,
  spent {schema}.amount not null default 0,
  expired {schema}.amount not null default 0,
  revoked {schema}.amount not null default 0,
  at bigint not null default 0,
  ordinal bigint not null default 0,
  due_at bigint,
  parent bigint references {schema}.wallet,
  terms text,
  allowances text,
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
create index hold_ended on {schema}.hold (ended_at) where state <> 'held';

create table {schema}.hold_above (
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

create table {schema}.sheet (
  wallet bigint not null,
  last bigint not null,
  at bigint[] not null,
  movement smallint[] not null,
  amount bigint[] not null,
  lot bigint[] not null,
  hold text[] collate "C" not null,
  primary key (wallet, last)
);
create view {schema}.entry as
  select s.wallet, s.last - cardinality(s.amount) + e.place as sequence, e.at, e.movement, e.amount,
    nullif(e.lot, -1) as lot, e.hold
  from {schema}.sheet s
  cross join lateral unnest(s.at, s.movement, s.amount, s.lot, s.hold) with ordinality
    e (at, movement, amount, lot, hold, place);

create view {schema}.statement as
  select w.type as wallet_type, w.id as wallet, w.incarnation, e.sequence, to_timestamp(e.at / 1000.0) as at,
    ('{${entryTypes.join(',')}}'::text[])[e.movement / 100 + 1] as type,
    b.names[e.movement / 10 % 10 + 1] as "from", b.names[e.movement % 10 + 1] as "to",
    e.amount, l.name as grant_key, to_timestamp(l.period / 1000.0) as period, e.hold
  from {schema}.entry e
  join {schema}.wallet w on w.number = e.wallet
  left join {schema}.lot l on l.wallet = e.wallet and l.ordinal = e.lot
  cross join (select '{${bucketOrder.join(',')}}'::text[] as names) b;

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'entries are only ever added' using errcode = 'restrict_violation';
end $$;
create trigger sheet_is_final before update or delete or truncate on {schema}.sheet
  for each statement execute function {schema}.refuse_change();
`

/*
 * A plan that was made while a table was empty reads all of it, and is kept as it grows: a settle gets sixty times slower.
 * A plan made anew each time costs more than what it plans. These look everything up by index, from the first row to the
 * last, so one plan is right for ever, and what the statistics say makes no difference.
 */
const steady = `set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off`

/**
 * Reads as one snapshot all that a decision needs. A function that is stable sees the database as its statement began.
 * Of holds that have lapsed it brings each wallet's first; up to `lapsedUntil`, which so many of them had lapsed by, none is
 * missing at any wallet.
 */
const load = `
create function {schema}.load(
  wallet_types text[], wallet_ids text[], wallet_incarnations bigint[],
  numbers bigint[], hold_ids text[], keys text[], due_until bigint, due_limit integer
) returns text language plpgsql stable
${steady}
as $$
declare
  known bigint[] := numbers;
  fresh bigint[];
  due text[] := '{}';
  more text[];
  lapsed_until bigint;
begin
  if cardinality(wallet_ids) > 0 then
    known := known || array(
      select w.number from unnest(wallet_types, wallet_ids, wallet_incarnations) a (type, id, incarnation)
      join {schema}.wallet w on w.type = a.type and w.id = a.id and w.incarnation = a.incarnation);
  end if;
  if cardinality(hold_ids) > 0 then
    known := known || array(
      select p::bigint from {schema}.hold h, unnest(string_to_array(h.path, ',')) p where h.id = any (hold_ids));
  end if;
  fresh := array(select distinct n from unnest(known) n);
  known := '{}';
  while cardinality(fresh) > 0 loop
    known := known || fresh;
    more := array(
      select id from (
        select h.id, h.expires_at from unnest(fresh) n
        cross join lateral (
          select id, expires_at from {schema}.hold
          where wallet = n and state = 'held' and expires_at <= due_until
          order by expires_at fetch first (due_limit) rows with ties) h
        union
        select a.hold, a.expires_at from unnest(fresh) n
        cross join lateral (
          select hold, expires_at from {schema}.hold_above
          where wallet = n and expires_at <= due_until
          order by expires_at fetch first (due_limit) rows with ties) a
      ) both_kinds order by expires_at fetch first (due_limit) rows with ties);
    due := array(select distinct d from unnest(due || more) d);
    fresh := array(
      select parent from {schema}.wallet where number = any (fresh) and parent is not null
      union
      select p::bigint from {schema}.hold h, unnest(string_to_array(h.path, ',')) p where h.id = any (more)
      except
      select n from unnest(known) n);
  end loop;
  if cardinality(due) >= due_limit then
    lapsed_until := (select expires_at from {schema}.hold where id = any (due) order by expires_at offset due_limit - 1 limit 1);
  end if;
  return json_build_object(
    'now', floor(extract(epoch from clock_timestamp()) * 1000)::bigint,
    'wallets', (
      select json_agg(json_build_array(
        w.number, w.type, w.id, w.incarnation, w.version, w.sequence, w.granted::text, w.drawn::text, w.overdraft::text,
        w.written_off::text, w.available::text, w.reserved::text, w.spent::text, w.expired::text, w.revoked::text,
        w.at, w.ordinal, w.parent, w.terms, w.allowances, w.cap_spent::text, w.cap_starts_at, w.cap_ends_at,
        least(
          (select expires_at from {schema}.hold h where h.wallet = w.number and h.state = 'held'
            and expires_at > due_until order by expires_at limit 1),
          (select expires_at from {schema}.hold_above a where a.wallet = w.number
            and expires_at > due_until order by expires_at limit 1)),
        (select json_agg(json_build_array(
          l.ordinal, l.name, l.period, l.kind, l.priority, l.effective_at, l.expires_at, l.tags, l.amount::text,
          l.available::text, l.reserved::text, l.state) order by l.ordinal)
          from {schema}.lot l where l.wallet = w.number and l.is_open)))
      from {schema}.wallet w where w.number = any (known)),
    'holds', (
      select json_agg(json_build_array(
        h.id, h.path, h.state, h.amount::text, h.held::text, h.spent::text, h.refunded::text, h.created_at,
        h.expires_at, h.ended_at, h.body))
      from {schema}.hold h where h.id = any (hold_ids || due)),
    'keys', (
      select json_agg(json_build_array(k.key, k.type, k.request, k.answer, k.ended_at))
      from {schema}.key k where k.key = any (keys)),
    'lapsedUntil', lapsed_until
  )::text;
end $$;
`

/** Makes the rows of wallets that have none: nobody's until their version is above zero. So there is a row before anything is locked. */
const openWallets = `
create function {schema}.open_wallets(wallet_types text[], wallet_ids text[], wallet_incarnations bigint[])
returns void language sql as $$
  insert into {schema}.wallet (type, id, incarnation)
  select distinct type, id, incarnation from unnest(wallet_types, wallet_ids, wallet_incarnations) a (type, id, incarnation)
  order by type, id, incarnation
  on conflict do nothing
$$;
`

/** Whether everything is still as a decision believed. Writes nothing. */
const stillTrue = `
create function {schema}.still_true(seen bigint[], seen_versions bigint[], absent_holds text[], absent_keys text[])
returns boolean language plpgsql stable
${steady}
as $$
begin
  return cardinality(seen) = (
      select count(*) from unnest(seen, seen_versions) s (number, version)
      join {schema}.wallet w on w.number = s.number and w.version = s.version)
    and not exists (select from {schema}.hold where id = any (absent_holds))
    and not exists (select from {schema}.key k where k.key = any (absent_keys));
end $$;
`

/** Every migration, the first one first. The version of a schema is how many of them it has had. */
export const migrations: readonly (readonly string[])[] = [
  statements(tables, load, openWallets, stillTrue, commit(steady), purgeFunction),
]

/** Drivers take one statement at a time. Each begins at the start of a line. */
function statements(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.trim().split(/;\n+(?=create )/))
}
