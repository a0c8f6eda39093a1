import type { FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { Journal, JournalCheckpoint, JournalCheckpoints } from '../../../port/journal.ts'
import { LineEncoder } from '../file/checked-line.ts'
import type { Unlock } from '../file/lock.ts'
import { writeWhole } from '../file/write-file.ts'
import { openCut, removeFile } from '../open-folder.ts'
import { type ArchiveFile, archiveFileSize, JournalArchive } from './journal-archive.ts'
import { archiveName, checkpointName, type JournalFiles, listJournal, tailName } from './journal-layout.ts'
import { type CheckpointHead, formatBatch, journalVersion, type TailHead } from './journal-line.ts'
import { JournalFolderReader } from './journal-reader.ts'

/** A tail that is open for appending. */
interface OpenTail {
  readonly number: number
  readonly file: FileHandle
  readonly encoder: LineEncoder
}

/** A journal in a folder that this process has locked. */
export class FolderJournal implements Journal, JournalCheckpoints {
  readonly #folder: string
  readonly #reader: JournalFolderReader
  readonly #unlock: Unlock
  readonly #archive: JournalArchive
  #tail: OpenTail | undefined
  /** Whether the last tail may end in an incomplete line. */
  #isTorn = false

  private constructor(folder: string, reader: JournalFolderReader, unlock: Unlock) {
    this.#folder = folder
    this.#reader = reader
    this.#unlock = unlock
    this.#archive = new JournalArchive(folder, reader.start.archive)
  }

  /** Opens the journal in a folder with these files. Creates an empty one if there are none. */
  static async open(folder: string, files: JournalFiles, unlock: Unlock): Promise<FolderJournal> {
    const { tails, checkpoints, archives } = files
    const isNew = tails.length + checkpoints.length + archives.length === 0
    if (isNew) await writeTail(folder, { journal: crypto.randomUUID(), version: journalVersion, tail: 1 })
    const reader = await JournalFolderReader.begin(folder, isNew ? { ...files, tails: [1] } : files)
    const journal = new FolderJournal(folder, reader, unlock)
    await journal.#archive.check()
    return journal
  }

  get checkpoints(): JournalCheckpoints {
    return this
  }

  async *read(): AsyncGenerator<string, undefined> {
    yield* this.#reader.read()
    const { last: number, end } = this.#reader
    const file = await openCut(join(this.#folder, tailName(number)), end.offset)
    this.#tail = { number, file, encoder: new LineEncoder(end) }
    await this.#removeOthers(this.#reader.start.number)
  }

  async append(texts: readonly string[]): Promise<void> {
    const { file, encoder } = this.#open()
    encoder.add(formatBatch(texts))
    this.#isTorn = true
    await file.appendFile(encoder.take())
    await file.datasync()
    this.#isTorn = false
  }

  /** Begins a tail: writes the new file, and then the last line of the one before, which is complete without it. */
  async begin(): Promise<void> {
    const old = this.#open()
    const number = old.number + 1
    const { sum: previous } = old.encoder.position
    let file: FileHandle
    let encoder: LineEncoder
    try {
      const head = { journal: this.#reader.journal, version: journalVersion, tail: number, previous }
      const end = await writeTail(this.#folder, head)
      file = await openCut(join(this.#folder, tailName(number)), end.offset)
      encoder = new LineEncoder(end)
    } catch (error) {
      // A tail that stays would be read after lines that are appended to the old one from now on.
      this.#isTorn = true
      await removeFile(this.#folder, tailName(number))
      this.#isTorn = false
      throw error
    }
    this.#tail = { number, file, encoder }
    old.encoder.add(JSON.stringify({ next: number }))
    try {
      await old.file.appendFile(old.encoder.take())
      await old.file.datasync()
    } catch {
      // The line only helps to find out that the new file was lost.
    }
    await old.file.close().catch(() => undefined)
  }

  async write({ records, firstBlock, blocks }: JournalCheckpoint): Promise<void> {
    const { number } = this.#open()
    const archive = this.#archive
    // Until the checkpoint is complete, the files are not part of the archive: the next attempt writes them again.
    const added = await writeBlocks(this.#folder, firstBlock, blocks)
    const files = [...archive.files, ...added]
    const head = { journal: this.#reader.journal, version: journalVersion, checkpoint: number, archive: files }
    await writeWhole(this.#folder, checkpointName(number), checkpointLines(head, records))
    archive.add(added)
    await this.#removeOthers(number)
  }

  readBlock(block: number): string {
    return this.#archive.read(block)
  }

  async close(): Promise<void> {
    await this.#tail?.file.close()
    await this.#unlock()
  }

  #open(): OpenTail {
    if (this.#tail === undefined) throw new Error('the journal was not read')
    if (this.#isTorn) throw new Error('the last line could not be written')
    return this.#tail
  }

  /** Removes what a checkpoint replaced. A file that cannot be removed now is removed after the next checkpoint. */
  async #removeOthers(start: number): Promise<void> {
    try {
      const { tails, checkpoints, archives, leftovers } = await listJournal(this.#folder)
      const known = this.#archive.files.map(({ firstBlock }) => firstBlock)
      const superseded = [
        ...tails.filter((number) => number < start).map(tailName),
        ...checkpoints.filter((number) => number < start).map(checkpointName),
        ...archives.filter((firstBlock) => !known.includes(firstBlock)).map(archiveName),
        ...leftovers,
      ]
      for (const name of superseded) await removeFile(this.#folder, name)
    } catch {}
  }
}

async function writeTail(folder: string, head: TailHead) {
  return await writeWhole(folder, tailName(head.tail), [JSON.stringify(head)])
}

/** Writes blocks in files of about `archiveFileSize` bytes. Returns the files. */
async function writeBlocks(
  folder: string,
  firstBlock: number,
  blocks: Iterable<string>,
): Promise<readonly ArchiveFile[]> {
  const files: ArchiveFile[] = []
  const rest = blocks[Symbol.iterator]()
  let next = rest.next()
  let first = firstBlock
  let count = 0
  function* ofOneFile(): Generator<string, undefined> {
    for (let size = 0; next.done !== true && size < archiveFileSize; next = rest.next()) {
      size += next.value.length
      count += 1
      yield next.value
    }
  }
  while (next.done !== true) {
    count = 0
    const { offset: size, sum } = await writeWhole(folder, archiveName(first), ofOneFile())
    files.push({ firstBlock: first, blocks: count, size, sum })
    first += count
  }
  return files
}

function* checkpointLines(head: CheckpointHead, records: Iterable<string>): Generator<string, undefined> {
  yield JSON.stringify(head)
  let count = 0
  for (const record of records) {
    count += 1
    yield record
  }
  yield JSON.stringify({ records: count })
}
