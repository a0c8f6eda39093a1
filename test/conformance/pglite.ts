import type { PgliteDatabase } from '../../src/adapter/postgres/index.ts'

/** A PGlite, as far as the tests need it: its own types want those of a browser. */
export interface Pglite extends PgliteDatabase {
  close(): Promise<void>
}

const packageName: string = '@electric-sql/pglite'

/** Opens a PGlite: in a folder, or in memory. */
export async function openPglite(folder?: string): Promise<Pglite> {
  const { PGlite } = (await import(packageName)) as { PGlite: { create(folder?: string): Promise<Pglite> } }
  return PGlite.create(folder)
}
