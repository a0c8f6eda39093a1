import type { LogStore } from './log-store.ts'

/** Reads the version of the log. */
export async function readVersion(store: LogStore): Promise<number> {
  return await store.read(async (session) => {
    const text = `select log::text as log, base::text as base, version::text as head from ${store.schema}.head`
    return (await store.bounds((await session.query(text, [])).rows[0])).version
  })
}

/** Reads a cursor. 0 for a name that no call has advanced. */
export async function readCursor(store: LogStore, name: string): Promise<number> {
  return await store.read(async (session) => {
    const { rows } = await session.query(`select version from ${store.schema}.cursor where name = $1`, [name])
    return Number(rows[0]?.['version'] ?? 0)
  })
}

/** Moves a cursor forwards. */
export async function advanceCursor(store: LogStore, name: string, version: number): Promise<void> {
  const { schema } = store
  const text = `insert into ${schema}.cursor as c (name, version) values ($1, $2)
    on conflict (name) do update set version = excluded.version where c.version < excluded.version`
  await store.write((client) => client.query(text, [name, String(version)]))
}
