import { cp } from 'node:fs/promises'
import { join } from 'node:path'

/** Copies the folder of a journal, which may be open. The copy has no locks. */
export async function copyJournal(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: (source) => !source.includes('.lock-') })
}

/** The path of the first tail of a journal. */
export function tailOf(path: string): string {
  return join(path, 'tail-00000001')
}
