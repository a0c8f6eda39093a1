import { sqlHoldCells, sqlKeyCells, sqlLoadResult, sqlLotCells, sqlWalletCells } from '../row/load-result.ts'
import { planSettings } from './plan-settings.ts'

const nextLapse = `least(
      (select expires_at from {schema}.hold h where h.wallet = w.number and h.state = 'held'
        and expires_at > due_until order by expires_at limit 1),
      (select expires_at from {schema}.hold_ancestor a where a.wallet = w.number
        and expires_at > due_until order by expires_at limit 1))`

const openLots = `(select json_agg(${sqlLotCells} order by l.ordinal)
      from {schema}.lot l where l.wallet = w.number and l.is_open)`

const result = sqlLoadResult(
  `(select json_agg(${sqlWalletCells(nextLapse, openLots)}) from {schema}.wallet w where w.number = any (loaded))`,
  `(select json_agg(${sqlHoldCells}) from {schema}.hold h where h.id = any (hold_ids || lapsed))`,
  `(select json_agg(${sqlKeyCells}) from {schema}.key k where k.key = any (keys))`,
  'lapsed_until',
)

/**
 * SQL function `load`: reads everything that a decision depends on. That is wallets with their ancestors, holds with
 * the wallets of their paths, keys, and the holds over any loaded wallet that lapse by `due_until`. The function is
 * stable, so all of its statements see one snapshot. When it finds at least `due_limit` lapsed holds, it may skip later
 * ones. It then also returns the instant up to which all lapsed holds were read.
 */
export const loadFunction = `
create function {schema}.load(
  wallet_types text[], wallet_ids text[], wallet_incarnations bigint[],
  wallet_numbers bigint[], hold_ids text[], keys text[], due_until bigint, due_limit integer
) returns text language plpgsql stable
${planSettings}
as $$
declare
  loaded bigint[] := wallet_numbers;
  pending bigint[];
  lapsed text[] := '{}';
  newly_lapsed text[];
  lapsed_until bigint;
begin
  if cardinality(wallet_ids) > 0 then
    loaded := loaded || array(
      select w.number from unnest(wallet_types, wallet_ids, wallet_incarnations) a (type, id, incarnation)
      join {schema}.wallet w on w.type = a.type and w.id = a.id and w.incarnation = a.incarnation);
  end if;
  if cardinality(hold_ids) > 0 then
    loaded := loaded || array(
      select p::bigint from {schema}.hold h, unnest(string_to_array(h.path, ',')) p where h.id = any (hold_ids));
  end if;
  pending := array(select distinct n from unnest(loaded) n);
  loaded := '{}';
  while cardinality(pending) > 0 loop
    loaded := loaded || pending;
    newly_lapsed := array(
      select id from (
        select h.id, h.expires_at from unnest(pending) n
        cross join lateral (
          select id, expires_at from {schema}.hold
          where wallet = n and state = 'held' and expires_at <= due_until
          order by expires_at fetch first (due_limit) rows with ties) h
        union
        select a.hold, a.expires_at from unnest(pending) n
        cross join lateral (
          select hold, expires_at from {schema}.hold_ancestor
          where wallet = n and expires_at <= due_until
          order by expires_at fetch first (due_limit) rows with ties) a
      ) at_every_level order by expires_at fetch first (due_limit) rows with ties);
    lapsed := array(select distinct d from unnest(lapsed || newly_lapsed) d);
    pending := array(
      select parent from {schema}.wallet where number = any (pending) and parent is not null
      union
      select p::bigint from {schema}.hold h, unnest(string_to_array(h.path, ',')) p where h.id = any (newly_lapsed)
      except
      select n from unnest(loaded) n);
  end loop;
  if cardinality(lapsed) >= due_limit then
    lapsed_until := (select expires_at from {schema}.hold where id = any (lapsed) order by expires_at offset due_limit - 1 limit 1);
  end if;
  return ${result}::text;
end $$;
`
