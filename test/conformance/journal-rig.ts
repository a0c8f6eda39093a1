import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Copies the folder of a journal, which may be open in this process: synchronously, so that at most one step of a
 * checkpoint happens meanwhile. The copy has no locks.
 */
export function copyJournal(from: string, to: string): void {
  for (let attempt = 1; ; attempt += 1) {
    try {
      cpSync(from, to, { recursive: true, filter: (source) => !source.includes('.lock-') })
      return
    } catch (error) {
      // A file got its final name meanwhile.
      if (attempt === 20) throw error
      rmSync(to, { recursive: true, force: true })
    }
  }
}

/** The path of the first tail of a journal. */
export function tailOf(path: string): string {
  return join(path, 'tail-00000001')
}
