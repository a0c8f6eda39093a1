import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkLine, fileStart, type LinePosition } from './checked-line.ts'
import { corrupt, isSystemError, type Place, unreadable } from './folder-error.ts'
import { archiveName } from './journal-layout.ts'
import { newline } from './lines.ts'

/** A file of the archive. */
export interface ArchiveFile {
  readonly firstBlock: number
  readonly blocks: number
  /** The size in bytes, and the checksum of all lines. */
  readonly size: number
  readonly sum: number
}

/** The number of files whose line positions are kept, the recently used ones. */
const keptFiles = 64

/** The archived blocks of a journal, in files of one block a line. */
export class JournalArchive {
  readonly #folder: string
  #files: readonly ArchiveFile[]
  /** The line positions of recently used files, the last used one last. */
  readonly #positions = new Map<ArchiveFile, readonly LinePosition[]>()

  constructor(folder: string, files: readonly ArchiveFile[]) {
    this.#folder = folder
    this.#files = files
  }

  get files(): readonly ArchiveFile[] {
    return this.#files
  }

  /** The number of blocks. */
  get blocks(): number {
    const last = this.#files.at(-1)
    return last === undefined ? 0 : last.firstBlock + last.blocks
  }

  /** Adds a file with the blocks after those of the archive. */
  add(file: ArchiveFile): void {
    this.#files = [...this.#files, file]
  }

  /**
   * Checks that all files are there and complete. Does not read them.
   * @throws {LedgerError} `ledger_corrupt` when a file is missing or has another size
   */
  async check(): Promise<void> {
    for (const file of this.#files) {
      const place = this.#placeOf(file)
      const found = await stat(join(this.#folder, place.file)).catch((error: unknown) => {
        throw isSystemError(error, 'ENOENT') ? corrupt(place, 'is missing') : unreadable(place, error)
      })
      if (found.size !== file.size) throw corrupt(place, `has ${found.size} bytes instead of ${file.size}`)
    }
  }

  /**
   * Returns a block. Reads and checks the whole file at its first use, and then the line of the block.
   * @throws {LedgerError} `ledger_corrupt` when the line or its file is damaged or missing
   */
  read(block: number): string {
    const file = this.#find(block)
    const place = this.#placeOf(file)
    try {
      const positions = this.#positionsOf(file)
      const index = block - file.firstBlock
      const [before = fileStart, after = fileStart] = [positions[index], positions[index + 1]]
      const bytes = readPart(join(this.#folder, place.file), before.offset, after.offset - 1 - before.offset)
      return checkLine(place, { bytes, endsAt: after.offset }, before).body.toString()
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) throw corrupt(place, 'is missing')
      throw error instanceof Error && 'syscall' in error ? unreadable(place, error) : error
    }
  }

  #placeOf({ firstBlock }: ArchiveFile): Place {
    return { folder: this.#folder, file: archiveName(firstBlock), content: 'journal' }
  }

  #find(block: number): ArchiveFile {
    const files = this.#files
    let low = 0
    let high = files.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((files[middle] as ArchiveFile).firstBlock <= block) low = middle + 1
      else high = middle
    }
    const found = files[low - 1]
    if (found !== undefined && block < found.firstBlock + found.blocks) return found
    throw corrupt({ folder: this.#folder, file: archiveName(block), content: 'journal' }, 'is missing')
  }

  #positionsOf(file: ArchiveFile): readonly LinePosition[] {
    const kept = this.#positions.get(file)
    const positions = kept ?? this.#index(file)
    this.#positions.delete(file)
    for (const oldest of this.#positions.keys()) {
      if (this.#positions.size < keptFiles) break
      this.#positions.delete(oldest)
    }
    this.#positions.set(file, positions)
    return positions
  }

  /** Returns the places before each line of a file, and the place after its last line. */
  #index(file: ArchiveFile): readonly LinePosition[] {
    const place = this.#placeOf(file)
    const bytes = readFileSync(join(this.#folder, place.file))
    const positions: LinePosition[] = [fileStart]
    let last = fileStart
    for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, last.offset)) {
      last = checkLine(place, { bytes: bytes.subarray(last.offset, end), endsAt: end + 1 }, last).position
      positions.push(last)
    }
    const isWhole = last.offset === bytes.length && bytes.length === file.size && last.line === file.blocks
    if (!isWhole || last.sum !== file.sum) throw corrupt(place, 'differs from what the checkpoint says of it')
    return positions
  }
}

function readPart(path: string, offset: number, length: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    readSync(file, bytes, 0, length, offset)
    return bytes
  } finally {
    closeSync(file)
  }
}
