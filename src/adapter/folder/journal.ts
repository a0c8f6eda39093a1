import { type FileHandle, mkdir, open, realpath, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { quote } from '../../model/value/quote.ts'
import type { Journal } from '../../port/journal.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import { checksum } from './checksum.ts'
import { type Line, linesOf, newline, syncFolder } from './lines.ts'
import { isSameFile, lockFile } from './lock.ts'

/**
 * Opens a journal in one file. Creates a missing file (mode 0600) and a missing folder. Each batch is one line with a
 * checksum, followed by `fdatasync`. Reading removes an incomplete last line, which was never acknowledged. Reading
 * throws, and does not change the file, in three cases: the first line is incomplete, the file is not a journal, or
 * there is any other damage. The file is locked: see `lockFile` for the processes that the lock excludes.
 * @throws {LedgerError} when the file cannot be opened, or is already open in this process or another
 */
export async function openFileJournal(path: string): Promise<Journal> {
  let unlock: (() => Promise<void>) | undefined
  let file: FileHandle | undefined
  try {
    await mkdir(dirname(path), { recursive: true })
    // The file comes first: until it exists it has no identity, and a symlink to it has no real path.
    file = await open(path, 'a+', 0o600)
    const identity = await file.stat({ bigint: true })
    if (!identity.isFile()) throw new Error('it is not a regular file')
    const place = await realpath(path)
    unlock = await lockFile(place, identity)
    if (unlock === undefined) {
      const message = `the journal ${quote(path)} is already open in this process or another`
      throw new LedgerError('ledger_unavailable', 'not_applied', message)
    }
    if (!isSameFile(identity, await stat(place, { bigint: true })))
      throw new Error('it was replaced while it was opened')
    await syncFolder(dirname(place))
    return new FileJournal(file, path, unlock)
  } catch (cause) {
    await file?.close()
    await unlock?.()
    if (cause instanceof LedgerError) throw cause
    throw new LedgerError('ledger_unavailable', 'not_applied', `the journal ${quote(path)} cannot be opened`, { cause })
  }
}

class FileJournal implements Journal {
  readonly #file: FileHandle
  readonly #path: string
  readonly #unlock: () => Promise<void>
  /** Whether the file may end in an incomplete line. */
  #isTorn = false

  constructor(file: FileHandle, path: string, unlock: () => Promise<void>) {
    this.#file = file
    this.#path = path
    this.#unlock = unlock
  }

  async *read(): AsyncGenerator<string, undefined> {
    const { size } = await this.#file.stat()
    let sound = 0
    let count = 0
    for await (const lines of linesOf(this.#file)) {
      for (const line of lines) {
        count += 1
        const texts = textsOf(line.bytes)
        if (line.isWhole && texts !== undefined) {
          yield* texts
          sound = line.endsAt
        } else if (line.isWhole || count === 1) throw this.#corrupt(line, count)
      }
    }
    if (sound < size) {
      await this.#file.truncate(sound)
      await this.#file.sync()
    }
  }

  /** Creates the error for a damaged line. A crash can only damage a line without a final line break. */
  #corrupt(line: Line, count: number): LedgerError {
    const name = quote(this.#path)
    const cut = `the journal ${name} is cut off in its first line: restore it, or remove it if it was never used`
    const damaged = count > 1 ? `line ${count} of the journal ${name} is damaged` : `the file ${name} is not a journal`
    return new LedgerError('ledger_corrupt', 'not_applied', !line.isWhole && mayBeOurs(line) ? cut : damaged)
  }

  async append(texts: readonly string[]): Promise<void> {
    if (this.#isTorn) throw new Error('the last line could not be written')
    const body = Buffer.from(texts.join('\t'))
    this.#isTorn = true
    await this.#file.appendFile(Buffer.concat([Buffer.from(`${checksum(body)} `), body, Buffer.of(newline)]))
    await this.#file.datasync()
    this.#isTorn = false
  }

  async close(): Promise<void> {
    await this.#file.close()
    await this.#unlock()
  }
}

/** Returns the strings in a line, or `undefined` when the checksum of the line is wrong. */
function textsOf(line: Buffer): readonly string[] | undefined {
  const body = line.subarray(9)
  if (line[8] !== 0x20 || line.subarray(0, 8).toString('latin1') !== checksum(body)) return undefined
  return body.toString().split('\t')
}

/** Whether an incomplete line may be the start of the first line of a journal. */
function mayBeOurs({ bytes }: Line): boolean {
  const beginning = bytes.subarray(0, 9).toString('latin1')
  return /^[0-9a-f]{8} $/.test(beginning) || /^[0-9a-f]{1,8}$/.test(beginning) || bytes.every((byte) => byte === 0)
}
