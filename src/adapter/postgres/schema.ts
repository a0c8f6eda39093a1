import { purgeFunction } from './purge.ts'

/*
 * The schema, as migrations. A migration is never changed once it is released: what is to be different is one more at the end.
 * `{schema}` stands for the quoted name of the schema.
 *
 * Amounts are bigint. Instants are epoch milliseconds. A wallet's version grows with everything that happens to it, to its
 * lots, or to a hold over it, so whoever knows the version knows all that a decision about the wallet rests on.
 */

const tables = `
create table {schema}.wallet (
  number bigint generated always as identity primary key,
  type text collate "C" not null,
  id text collate "C" not null,
  incarnation bigint not null,
  version bigint not null default 0 check (version >= 0),
  sequence bigint not null default 0 check (sequence >= 0),
  granted bigint not null default 0 check (granted >= 0),
  drawn bigint not null default 0 check (drawn >= 0),
  overdraft bigint not null default 0 check (overdraft >= 0),
  written_off bigint not null default 0 check (written_off >= 0),
  available bigint not null default 0 check (available >= 0),
  reserved bigint not null default 0 check (reserved >= 0),
  spent bigint not null default 0 check (spent >= 0),
  expired bigint not null default 0 check (expired >= 0),
  revoked bigint not null default 0 check (revoked >= 0),
  at bigint not null default 0,
  ordinal bigint not null default 0,
  due_at bigint,
  parent bigint references {schema}.wallet,
  terms text,
  allowances text,
  cap_spent bigint not null default 0,
  cap_starts_at bigint not null default 0,
  cap_ends_at bigint,
  unique (type, id, incarnation),
  check (granted::numeric + drawn + overdraft + written_off = available::numeric + reserved + spent + expired + revoked)
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
  amount bigint not null check (amount >= 0),
  available bigint not null check (available >= 0),
  reserved bigint not null check (reserved >= 0),
  state text not null check (state in ('coming', 'live', 'expired', 'revoked')),
  is_open boolean not null,
  primary key (wallet, ordinal),
  check (available::numeric + reserved <= amount)
) with (fillfactor = 50);
create index lot_open on {schema}.lot (wallet) where is_open;

create table {schema}.hold (
  id text collate "C" primary key,
  wallet bigint,
  path text not null,
  state text not null check (state in ('held', 'lapsed', 'settled', 'released')),
  amount bigint not null check (amount >= 0),
  held bigint not null check (held between 0 and amount),
  spent bigint not null check (spent >= 0),
  refunded bigint not null check (refunded between 0 and spent),
  created_at bigint not null,
  expires_at bigint not null,
  ended_at bigint not null,
  body text not null,
  check (state = 'held' or held = 0)
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

create table {schema}.entry (
  wallet bigint not null,
  sequence bigint not null check (sequence > 0),
  at bigint not null,
  movement smallint not null,
  amount bigint not null check (amount > 0),
  lot bigint,
  hold text collate "C",
  primary key (wallet, sequence)
);

create function {schema}.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'entries are only ever added' using errcode = 'restrict_violation';
end $$;
create trigger entry_is_final before update or delete or truncate on {schema}.entry
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

/** Reads as one snapshot all that a decision needs. A function that is stable sees the database as its statement began. */
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
          where wallet = n and state = 'held' and expires_at <= due_until order by expires_at limit due_limit) h
        union
        select a.hold, a.expires_at from unnest(fresh) n
        cross join lateral (
          select hold, expires_at from {schema}.hold_above
          where wallet = n and expires_at <= due_until order by expires_at limit due_limit) a
      ) both_kinds order by expires_at, id limit due_limit);
    due := array(select distinct d from unnest(due || more) d);
    fresh := array(
      select parent from {schema}.wallet where number = any (fresh) and parent is not null
      union
      select p::bigint from {schema}.hold h, unnest(string_to_array(h.path, ',')) p where h.id = any (more)
      except
      select n from unnest(known) n);
  end loop;
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
    'isTruncated', cardinality(due) >= due_limit
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

/* The columns that batches write. One row is written without a list of one being made a table of: a lone caller feels it. */
const walletColumns = [
  ...[
    'sequence',
    'granted',
    'drawn',
    'overdraft',
    'written_off',
    'available',
    'reserved',
    'spent',
    'expired',
    'revoked',
  ],
  ...['at', 'ordinal', 'due_at', 'parent', 'terms', 'allowances', 'cap_spent', 'cap_starts_at', 'cap_ends_at'],
]
const changingColumns = ['state', 'amount', 'held', 'spent', 'refunded', 'expires_at', 'ended_at', 'body']
const holdColumns = 'id wallet path state amount held spent refunded created_at expires_at ended_at body'.split(' ')

/**
 * Does all that a batch has decided, or nothing. Answers the time, or -1 when something was not as the batch believed; it
 * raises when it finds that out after it began to write, so that nothing is written then either. Wallets are locked in the
 * order they are given: the lowest levels first, the highest last. After the lock, each statement sees what is true.
 */
const commit = `
create function {schema}.commit(
  seen bigint[], seen_versions bigint[], absent_holds text[], absent_keys text[],
  w_number bigint[], w_sequence bigint[], w_granted bigint[], w_drawn bigint[], w_overdraft bigint[], w_written_off bigint[],
  w_available bigint[], w_reserved bigint[], w_spent bigint[], w_expired bigint[], w_revoked bigint[], w_at bigint[],
  w_ordinal bigint[], w_due_at bigint[], w_parent bigint[], w_terms text[], w_allowances text[], w_cap_spent bigint[],
  w_cap_starts_at bigint[], w_cap_ends_at bigint[],
  n_wallet bigint[], n_ordinal bigint[], n_name text[], n_period bigint[], n_kind text[], n_priority integer[],
  n_effective_at bigint[], n_expires_at bigint[], n_tags text[], n_amount bigint[], n_available bigint[], n_reserved bigint[],
  n_state text[], n_is_open boolean[],
  l_wallet bigint[], l_ordinal bigint[], l_available bigint[], l_reserved bigint[], l_state text[], l_is_open boolean[],
  i_id text[], i_wallet bigint[], i_path text[], i_state text[], i_amount bigint[], i_held bigint[], i_spent bigint[],
  i_refunded bigint[], i_created_at bigint[], i_expires_at bigint[], i_ended_at bigint[], i_body text[],
  u_id text[], u_state text[], u_amount bigint[], u_held bigint[], u_spent bigint[], u_refunded bigint[],
  u_expires_at bigint[], u_ended_at bigint[], u_body text[],
  a_wallet bigint[], a_expires_at bigint[], a_hold text[],
  d_wallet bigint[], d_expires_at bigint[], d_hold text[],
  gone_holds text[], gone_keys text[],
  k_key text[], k_type text[], k_request text[], k_answer text[], k_ended_at bigint[],
  e_wallet bigint[], e_sequence bigint[], e_at bigint[], e_movement smallint[], e_amount bigint[], e_lot bigint[], e_hold text[]
) returns bigint language plpgsql
${steady}
as $$
declare
  done bigint;
begin
  -- One wallet is locked by being written. Of several, which may be in another batch in another order, each is locked first.
  if cardinality(seen) <> 1 or cardinality(w_number) <> 1 then
    perform 1 from (
      select w.number from unnest(seen, seen_versions) with ordinality s (number, version, place)
      join {schema}.wallet w on w.number = s.number and w.version = s.version
      order by s.place for no key update of w) locked;
    get diagnostics done = row_count;
    if done <> cardinality(seen) then return -1; end if;
  end if;
  if cardinality(w_number) = 1 then
    update {schema}.wallet w set version = w.version + 1, ${walletColumns.map((column) => `${column} = w_${column}[1]`).join(', ')}
    where w.number = w_number[1] and (cardinality(seen) <> 1 or w.version = seen_versions[1]);
    get diagnostics done = row_count;
    if done <> 1 then return -1; end if;
  elsif cardinality(w_number) > 1 then
    update {schema}.wallet w set version = w.version + 1, ${walletColumns.map((column) => `${column} = c.${column}`).join(', ')}
    from unnest(w_number, ${walletColumns.map((column) => `w_${column}`).join(', ')})
      c (number, ${walletColumns.join(', ')})
    where w.number = c.number;
    get diagnostics done = row_count;
    if done <> cardinality(w_number) then return -1; end if;
  end if;
  if (cardinality(absent_holds) > 0 and exists (select from {schema}.hold where id = any (absent_holds)))
    or (cardinality(absent_keys) > 0 and exists (select from {schema}.key k where k.key = any (absent_keys))) then
    raise exception 'an id is taken' using errcode = 'serialization_failure';
  end if;
  if cardinality(n_wallet) > 0 then
    insert into {schema}.lot (wallet, ordinal, name, period, kind, priority, effective_at, expires_at, tags, amount,
      available, reserved, state, is_open)
    select * from unnest(n_wallet, n_ordinal, n_name, n_period, n_kind, n_priority, n_effective_at, n_expires_at, n_tags,
      n_amount, n_available, n_reserved, n_state, n_is_open);
  end if;
  if cardinality(l_wallet) = 1 then
    update {schema}.lot l set available = l_available[1], reserved = l_reserved[1], state = l_state[1], is_open = l_is_open[1]
    where l.wallet = l_wallet[1] and l.ordinal = l_ordinal[1];
  elsif cardinality(l_wallet) > 1 then
    update {schema}.lot l set available = c.available, reserved = c.reserved, state = c.state, is_open = c.is_open
    from unnest(l_wallet, l_ordinal, l_available, l_reserved, l_state, l_is_open)
      c (wallet, ordinal, available, reserved, state, is_open)
    where l.wallet = c.wallet and l.ordinal = c.ordinal;
  end if;
  if cardinality(gone_holds) > 0 then delete from {schema}.hold where id = any (gone_holds); end if;
  if cardinality(i_id) = 1 then
    insert into {schema}.hold (${holdColumns.join(', ')}) values (${holdColumns.map((column) => `i_${column}[1]`).join(', ')});
  elsif cardinality(i_id) > 1 then
    insert into {schema}.hold (${holdColumns.join(', ')})
    select * from unnest(${holdColumns.map((column) => `i_${column}`).join(', ')});
  end if;
  if cardinality(u_id) > 0 then
    if cardinality(u_id) = 1 then
      update {schema}.hold h set ${changingColumns.map((column) => `${column} = u_${column}[1]`).join(', ')} where h.id = u_id[1];
    else
      update {schema}.hold h set ${changingColumns.map((column) => `${column} = c.${column}`).join(', ')}
      from unnest(u_id, ${changingColumns.map((column) => `u_${column}`).join(', ')}) c (id, ${changingColumns.join(', ')})
      where h.id = c.id;
    end if;
    get diagnostics done = row_count;
    if done <> cardinality(u_id) then raise exception 'a hold is gone' using errcode = 'serialization_failure'; end if;
  end if;
  if cardinality(d_wallet) > 0 then
    delete from {schema}.hold_above a using unnest(d_wallet, d_expires_at, d_hold) c (wallet, expires_at, hold)
    where a.wallet = c.wallet and a.expires_at = c.expires_at and a.hold = c.hold;
  end if;
  if cardinality(a_wallet) > 0 then
    insert into {schema}.hold_above (wallet, expires_at, hold) select * from unnest(a_wallet, a_expires_at, a_hold);
  end if;
  if cardinality(gone_keys) > 0 then delete from {schema}.key k where k.key = any (gone_keys); end if;
  if cardinality(k_key) > 0 then
    insert into {schema}.key (key, type, request, answer, ended_at)
    select * from unnest(k_key, k_type, k_request, k_answer, k_ended_at);
  end if;
  if cardinality(e_wallet) = 1 then
    insert into {schema}.entry (wallet, sequence, at, movement, amount, lot, hold)
    values (e_wallet[1], e_sequence[1], e_at[1], e_movement[1], e_amount[1], e_lot[1], e_hold[1]);
  elsif cardinality(e_wallet) > 1 then
    insert into {schema}.entry (wallet, sequence, at, movement, amount, lot, hold)
    select * from unnest(e_wallet, e_sequence, e_at, e_movement, e_amount, e_lot, e_hold);
  end if;
  return floor(extract(epoch from clock_timestamp()) * 1000)::bigint;
end $$;
`

/** Every migration, the first one first. The version of a schema is how many of them it has had. */
export const migrations: readonly (readonly string[])[] = [
  statements(tables, load, openWallets, stillTrue, commit, purgeFunction),
]

/** Drivers take one statement at a time. Each begins at the start of a line. */
function statements(...texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => text.trim().split(/;\n+(?=create )/))
}
