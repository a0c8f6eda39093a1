import { type FileHandle, mkdir, open, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { LedgerError } from '../../ledger/ledger-error.ts'
import { quote } from '../../model/quote.ts'
import type { Journal } from '../../port/journal.ts'
import { checksum } from './checksum.ts'

const newline = 0x0a

/**
 * A journal in one file: a line for each batch, with a checksum, and one `fdatasync` for each line. A last line that is
 * damaged was never acknowledged, and is cut off; damage before it is refused. A file beside it, `….lock`, keeps other
 * processes out.
 * @throws {LedgerError} when the file cannot be opened, or a process that is alive has it
 */
export async function openFileJournal(path: string): Promise<Journal> {
  await mkdir(dirname(path), { recursive: true })
  const lock = `${path}.lock`
  await takeLock(lock)
  try {
    const file = await open(path, 'a+')
    await syncFolder(dirname(path))
    return new FileJournal(file, path, lock)
  } catch (cause) {
    await rm(lock, { force: true })
    throw new LedgerError('ledger_unavailable', 'not_applied', `the journal ${quote(path)} cannot be opened`, { cause })
  }
}

class FileJournal implements Journal {
  readonly #file: FileHandle
  readonly #path: string
  readonly #lock: string

  constructor(file: FileHandle, path: string, lock: string) {
    this.#file = file
    this.#path = path
    this.#lock = lock
  }

  async *read(): AsyncGenerator<string, undefined> {
    const { size } = await this.#file.stat()
    let sound = 0
    let count = 0
    for await (const line of linesOf(this.#file)) {
      count += 1
      const texts = textsOf(line.bytes)
      if (texts !== undefined && line.isWhole) {
        yield* texts
        sound = line.endsAt
      } else if (line.endsAt < size) {
        const message = `line ${count} of the journal ${quote(this.#path)} is damaged, and more follows it`
        throw new LedgerError('ledger_corrupt', 'not_applied', message)
      }
    }
    if (sound < size) {
      await this.#file.truncate(sound)
      await this.#file.sync()
    }
  }

  async append(texts: readonly string[]): Promise<void> {
    const body = Buffer.from(texts.join('\t'))
    await this.#file.appendFile(Buffer.concat([Buffer.from(`${checksum(body)} `), body, Buffer.of(newline)]))
    await this.#file.datasync()
  }

  async close(): Promise<void> {
    await this.#file.close()
    await rm(this.#lock, { force: true })
  }
}

interface Line {
  readonly bytes: Buffer
  /** Whether a line break ends it. */
  readonly isWhole: boolean
  /** The place after it in the file. */
  readonly endsAt: number
}

const chunkSize = 1 << 20

async function* linesOf(file: FileHandle): AsyncGenerator<Line, undefined> {
  let pieces: Buffer[] = []
  let at = 0
  for (;;) {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(chunkSize), 0, chunkSize, at)
    if (bytesRead === 0) break
    const chunk = buffer.subarray(0, bytesRead)
    let from = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, from)) {
      yield { bytes: Buffer.concat([...pieces, chunk.subarray(from, end)]), isWhole: true, endsAt: at + end + 1 }
      pieces = []
      from = end + 1
    }
    if (from < bytesRead) pieces.push(chunk.subarray(from))
    at += bytesRead
  }
  if (pieces.length > 0) yield { bytes: Buffer.concat(pieces), isWhole: false, endsAt: at }
}

/** The texts of a line whose checksum is right. */
function textsOf(line: Buffer): readonly string[] | undefined {
  const body = line.subarray(9)
  if (line[8] !== 0x20 || line.subarray(0, 8).toString('latin1') !== checksum(body)) return undefined
  return body.toString().split('\t')
}

async function takeLock(lock: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt += 1) {
    try {
      const file = await open(lock, 'wx')
      await file.writeFile(String(process.pid))
      await file.close()
      return
    } catch (error) {
      if (!isCode(error, 'EEXIST')) {
        throw new LedgerError('ledger_unavailable', 'not_applied', `the lock ${quote(lock)} cannot be made`, {
          cause: error,
        })
      }
    }
    const owner = Number(await readFile(lock, 'utf8').catch(() => ''))
    if (isAlive(owner)) break
    await rm(lock, { force: true })
  }
  throw new LedgerError('ledger_unavailable', 'not_applied', `the journal of ${quote(lock)} is another process's`)
}

/** Whether a process is there. A lock that says nothing is one that is being made. */
function isAlive(id: number): boolean {
  if (!Number.isInteger(id) || id <= 0) return true
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return isCode(error, 'EPERM')
  }
}

/** Makes the name of a new file survive a loss of power. Where folders cannot be opened there is nothing to sync. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close()
}

function isCode(error: unknown, code: string): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === code
}
