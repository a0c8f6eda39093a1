import type { Instant } from '../../../model/value/instant.ts'
import { ConflictError } from '../client/failure.ts'
import type { Store } from './statements.ts'

/**
 * How many milliseconds beyond its retention a hold or key stays stored: far longer than clocks differ or a batch that has
 * read the row takes, so that no process misses a row that it still relies on.
 */
export const purgeMargin = 3_600_000

/**
 * Deletes at most `limit` holds and keys that ended longer ago than the longest retention plus `purgeMargin`. Returns
 * whether no such holds and keys are left.
 */
export async function purge(store: Store, now: Instant, limit: number): Promise<boolean> {
  const text = `select coalesce(
      (select ${store.schema}.purge($1::bigint - longest, $2::bigint) from ${store.schema}.retention), true)::text as answer`
  try {
    const rows = await store.query(text, [String(now - purgeMargin), String(limit)])
    return rows[0]?.['answer'] === 'true'
  } catch (error) {
    // Under an isolation level stricter than read committed, concurrent writers can cause a conflict. Nothing was deleted.
    if (error instanceof ConflictError) return false
    throw error
  }
}

/**
 * Registers how long this process needs ids to be kept. Every sweep applies the longest retention ever registered. Returns
 * the instant from which holds are kept that long: a hold that ended earlier may have been purged under a shorter one.
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
