import type { PgliteDatabase } from '../../src/adapter/postgres/index.ts'

/**
 * A PGlite database, reduced to the members that the tests use. The package's own types depend on the types of a
 * browser.
 */
export interface Pglite extends PgliteDatabase {
  close(): Promise<void>
}

const packageName: string = '@electric-sql/pglite'

/** Opens a PGlite database in a folder, or in memory. */
export async function openPglite(folder?: string): Promise<Pglite> {
  const { PGlite } = (await import(packageName)) as { PGlite: { create(folder?: string): Promise<Pglite> } }
  return PGlite.create(folder)
}
