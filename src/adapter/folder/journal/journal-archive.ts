import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { checkLine, fileStart, linePrefix } from '../file/checked-line.ts'
import { corrupt, isSystemError, type Place, unreadable } from '../file/folder-error.ts'
import { newline } from '../file/lines.ts'
import { archiveName } from './journal-layout.ts'

/** A file of the archive. */
export interface ArchiveFile {
  readonly firstBlock: number
  readonly blocks: number
  /** The size in bytes, and the checksum of all lines. */
  readonly size: number
  readonly sum: number
}

/** The number of bytes after which a file of the archive ends. */
export const archiveFileSize = 1 << 22

/** The number of files that stay in memory, the recently used ones: a statement reads block after block. */
const keptFiles = 2

/** A file of the archive in memory, with the offset of each line and of the end. */
interface LoadedFile {
  readonly bytes: Buffer
  readonly offsets: readonly number[]
}

/** The archived blocks of a journal, in files of one block a line. */
export class JournalArchive {
  readonly #folder: string
  #files: readonly ArchiveFile[]
  /** The recently used files, the last used one last. */
  readonly #loaded = new Map<ArchiveFile, LoadedFile>()

  constructor(folder: string, files: readonly ArchiveFile[]) {
    this.#folder = folder
    this.#files = files
  }

  get files(): readonly ArchiveFile[] {
    return this.#files
  }

  /** Adds files with the blocks after those of the archive. */
  add(files: readonly ArchiveFile[]): void {
    this.#files = [...this.#files, ...files]
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
   * Returns a block. Reads and checks the whole file of the block, unless it was used recently.
   * @throws {LedgerError} `ledger_corrupt` when the file is damaged or missing
   */
  read(block: number): string {
    const file = this.#find(block)
    const { bytes, offsets } = this.#loaded.get(file) ?? this.#load(file)
    const index = block - file.firstBlock
    return bytes.toString('utf8', (offsets[index] ?? 0) + linePrefix, (offsets[index + 1] ?? 0) - 1)
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

  #load(file: ArchiveFile): LoadedFile {
    const place = this.#placeOf(file)
    const loaded = indexFile(file, place, readWhole(place))
    for (const oldest of this.#loaded.keys()) {
      if (this.#loaded.size < keptFiles) break
      this.#loaded.delete(oldest)
    }
    this.#loaded.set(file, loaded)
    return loaded
  }
}

function readWhole(place: Place): Buffer {
  try {
    return readFileSync(join(place.folder, place.file))
  } catch (error) {
    throw isSystemError(error, 'ENOENT') ? corrupt(place, 'is missing') : unreadable(place, error)
  }
}

function indexFile(file: ArchiveFile, place: Place, bytes: Buffer): LoadedFile {
  const offsets = [0]
  let last = fileStart
  for (let end = bytes.indexOf(newline); end >= 0; end = bytes.indexOf(newline, last.offset)) {
    last = checkLine(place, { bytes: bytes.subarray(last.offset, end), endsAt: end + 1 }, last).position
    offsets.push(last.offset)
  }
  const isWhole = last.offset === bytes.length && bytes.length === file.size && last.line === file.blocks
  if (!isWhole || last.sum !== file.sum) throw corrupt(place, 'differs from what the checkpoint states about it')
  return { bytes, offsets }
}
