import { readdir } from 'node:fs/promises'

/** The name that the sockets of the lock start with. */
export const journalLockName = 'journal'

/** Returns the name of the tail with a number. It has the writes after the checkpoint with this number. */
export function tailName(number: number): string {
  return `tail-${digits(number, 8)}`
}

/** Returns the name of a checkpoint. It has the state before the tail with this number. */
export function checkpointName(number: number): string {
  return `checkpoint-${digits(number, 8)}`
}

/** Returns the name of the archive file that begins with a block. */
export function archiveName(firstBlock: number): string {
  return `archive-${digits(firstBlock, 12)}`
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

/** The files of the folder of a journal, by what their names say. Numbers are ascending. */
export interface JournalFiles {
  readonly tails: readonly number[]
  readonly checkpoints: readonly number[]
  /** The first blocks of the archive files. */
  readonly archives: readonly number[]
  /** The names of files that were not complete when a process ended. */
  readonly leftovers: readonly string[]
  /** The names of files that a journal does not write. */
  readonly others: readonly string[]
}

const names = {
  tails: /^tail-(\d{8})$/,
  checkpoints: /^checkpoint-(\d{8})$/,
  archives: /^archive-(\d{12})$/,
} as const
const leftover = /^(tail-\d{8}|checkpoint-\d{8}|archive-\d{12})\.unfinished$/
/** The sockets of locks, and the folder that some file systems have at their root. */
const ignored = /^(journal\.lock-[0-9a-f]{8}|lost\+found)$/

/** Lists the files of the folder of a journal. */
export async function listJournal(folder: string): Promise<JournalFiles> {
  const found = (await readdir(folder)).sort()
  const numbersOf = (pattern: RegExp) => found.flatMap((name) => pattern.exec(name)?.slice(1).map(Number) ?? [])
  const isOurs = (name: string) => Object.values(names).some((pattern) => pattern.test(name))
  return {
    tails: numbersOf(names.tails),
    checkpoints: numbersOf(names.checkpoints),
    archives: numbersOf(names.archives),
    leftovers: found.filter((name) => leftover.test(name)),
    others: found.filter((name) => !isOurs(name) && !leftover.test(name) && !ignored.test(name)),
  }
}
