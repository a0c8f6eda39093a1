/**
 * SQL function `purge`: deletes at most `row_limit` holds and keys that ended by an instant, the oldest first. Returns
 * whether none remain. Skips rows that another process has locked, so sweepers never wait for each other. Keeps the
 * keys of grants, and keeps a lapsed hold until the lapse is booked. A hold that is booked at no wallet lapses here. Does not change wallet versions, since a decision
 * depends only on wallets and on existing holds.
 */
export const purgeFunction = `
create function {schema}.purge(ended_until bigint, row_limit bigint) returns boolean language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  deleted bigint;
begin
  update {schema}.hold set state = 'lapsed', held = 0, ended_at = expires_at where id = any (array(
    select h.id from {schema}.hold h where h.state = 'held' and h.wallet is null and h.expires_at <= ended_until
    order by h.expires_at limit row_limit for update skip locked));
  delete from {schema}.hold where id = any (array(
    select h.id from {schema}.hold h where h.state <> 'held' and h.ended_at <= ended_until
    order by h.ended_at limit row_limit for update skip locked));
  get diagnostics deleted = row_count;
  delete from {schema}.key where key = any (array(
    select k.key from {schema}.key k where k.type <> 'grant' and k.ended_at <= ended_until
    order by k.ended_at limit row_limit - deleted for update skip locked));
  return not exists (select from {schema}.hold h where h.state <> 'held' and h.ended_at <= ended_until)
    and not exists (select from {schema}.key k where k.type <> 'grant' and k.ended_at <= ended_until);
end $$;
`
