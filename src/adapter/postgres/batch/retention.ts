import type { Instant } from '../../../model/value/instant.ts'
import { ConflictError } from '../client/failure.ts'
import type { Store } from './statements.ts'

/**
 * The time in milliseconds that a hold or key stays stored after its retention. Longer than any batch and any clock
 * difference, so that no process still relies on a deleted row.
 */
export const purgeMargin = 3_600_000

/** Deletes up to `limit` holds and keys past the longest retention plus `purgeMargin`. Returns whether none remain. */
export async function purge(store: Store, now: Instant, limit: number): Promise<boolean> {
  const text = `select coalesce(
      (select ${store.schema}.purge($1::bigint - longest, $2::bigint) from ${store.schema}.retention), true)::text as answer`
  try {
    const rows = await store.query(text, [String(now - purgeMargin), String(limit)])
    return rows[0]?.['answer'] === 'true'
  } catch (error) {
    // A conflict with concurrent writers is possible when the isolation level is stricter than read committed.
    if (error instanceof ConflictError) return false
    throw error
  }
}

/**
 * Registers the retention of this process. Every sweep applies the longest retention ever registered. Returns the
 * instant before which ended holds may be unknown, because a sweep under a shorter retention may have deleted them.
 */
export async function registerRetention(store: Store, idRetention: number, now: Instant): Promise<Instant> {
  const text = `select longest::text as longest, known_since::text as known_since from ${store.schema}.retention`
  const [known] = await store.query(text, [])
  if (known !== undefined && Number(known['longest']) >= idRetention) return Number(known['known_since'])
  await store.query(
    `insert into ${store.schema}.retention as r (longest, known_since) values ($1, 0)
     on conflict (is_only) do update
       set longest = excluded.longest, known_since = greatest(r.known_since, $2::bigint - r.longest)
       where r.longest < excluded.longest`,
    [String(idRetention), String(now)],
  )
  const [registered] = await store.query(text, [])
  return Number(registered?.['known_since'] ?? 0)
}
