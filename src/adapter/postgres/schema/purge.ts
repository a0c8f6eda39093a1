import type { Instant } from '../../../model/value/instant.ts'
import type { Store } from '../batch/statements.ts'
import { ConflictError } from '../client/failure.ts'

/**
 * For how many milliseconds after its retention a hold or key is kept all the same: much longer than the clocks of two
 * processes differ by, or than a batch that has read it may still take, so that nobody misses what is removed.
 */
export const purgeMargin = 3_600_000

/*
 * Removes what has ended by an instant, the oldest first: at most so many rows. Says whether nothing more is left to remove.
 * What another process has locked is left to it, so nobody waits here, and so none can wait for one another. Grants keep
 * their keys, and a hold that nobody has booked the lapse of has not ended. No version changes: decisions rest only on holds
 * that are there, each of which is counted when it is written, or on wallets.
 */
export const purgeFunction = `
create function {schema}.purge(until bigint, most bigint) returns boolean language plpgsql
set plan_cache_mode = force_generic_plan
set enable_seqscan = off
set jit = off
as $$
declare
  removed bigint;
begin
  delete from {schema}.hold where id = any (array(
    select h.id from {schema}.hold h where h.state <> 'held' and h.ended_at <= until
    order by h.ended_at limit most for update skip locked));
  get diagnostics removed = row_count;
  delete from {schema}.key where key = any (array(
    select k.key from {schema}.key k where k.type <> 'grant' and k.ended_at <= until
    order by k.ended_at limit most - removed for update skip locked));
  return not exists (select from {schema}.hold h where h.state <> 'held' and h.ended_at <= until)
    and not exists (select from {schema}.key k where k.type <> 'grant' and k.ended_at <= until);
end $$;
`

/** Removes at most so many holds and keys that nobody knows any more. Says whether no more of them are left. */
export async function purge(store: Store, now: Instant, limit: number): Promise<boolean> {
  const text = `select coalesce(
      (select ${store.schema}.purge($1::bigint - longest, $2::bigint) from ${store.schema}.retention), true)::text as answer`
  try {
    const rows = await store.ask(text, [String(now - purgeMargin), String(limit)])
    return rows[0]?.['answer'] === 'true'
  } catch (error) {
    // Where transactions are stricter than they need to be, others may be in the way. Nothing was removed.
    if (error instanceof ConflictError) return false
    throw error
  }
}

/**
 * Tells the schema for how long this process knows ids, since the longest that anybody ever said counts for all. Answers
 * since when holds are known for so long: those that ended earlier may be gone already, if all others had said less.
 */
export async function agreeOnRetention(store: Store, idRetention: number, now: Instant): Promise<Instant> {
  const look = `select longest::text as longest, known_since::text as known_since from ${store.schema}.retention`
  const [known] = await store.ask(look, [])
  if (known !== undefined && Number(known['longest']) >= idRetention) return Number(known['known_since'])
  await store.ask(
    `insert into ${store.schema}.retention as r (longest, known_since) values ($1, 0)
     on conflict (is_only) do update
       set longest = excluded.longest, known_since = greatest(r.known_since, $2::bigint - r.longest)
       where r.longest < excluded.longest`,
    [String(idRetention), String(now)],
  )
  const [agreed] = await store.ask(look, [])
  return Number(agreed?.['known_since'] ?? 0)
}
