import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32, formatSum } from '../../checksum.ts'
import { corrupt, isSystemError, type Place, unreadable } from './folder-error.ts'
import { type Line, linesOf, newline } from './lines.ts'

/** The length of a checksum and the space after it. */
export const linePrefix = 9

/** A place between two lines of a file. */
export interface LinePosition {
  /** The offset of the next line. */
  readonly offset: number
  /** The number of lines before. */
  readonly line: number
  /** The checksum of the lines before. */
  readonly sum: number
}

/** The place before the first line. */
export const fileStart: LinePosition = { offset: 0, line: 0, sum: 0 }

/** Encodes lines for the place where they are appended. The checksum of each line also covers the lines before it. */
export class LineEncoder {
  #position: LinePosition
  #pieces: Buffer[] = []

  constructor(position: LinePosition = fileStart) {
    this.#position = position
  }

  /** The place after the lines so far. */
  get position(): LinePosition {
    return this.#position
  }

  /** The number of bytes that `take` would return. */
  size = 0

  /** Adds a line. The text has no line break. */
  add(text: string): void {
    const bytes = Buffer.from(`${' '.repeat(linePrefix)}${text}\n`)
    const { offset, line, sum: before } = this.#position
    const sum = crc32(bytes.subarray(linePrefix), before)
    bytes.write(formatSum(sum), 0, 'latin1')
    this.#pieces.push(bytes)
    this.size += bytes.length
    this.#position = { offset: offset + bytes.length, line: line + 1, sum }
  }

  /** Returns the bytes of the lines since the last call. */
  take(): Buffer {
    const bytes = Buffer.concat(this.#pieces)
    this.#pieces = []
    this.size = 0
    return bytes
  }
}

/** A line of a file whose checksum is right. */
export interface CheckedLine {
  /** The line without its checksum. */
  readonly body: Buffer
  /** The place after the line. */
  readonly position: LinePosition
}

const lineBreak = Buffer.of(newline)

/**
 * Reads the lines of a file from one place up to an offset, in groups, and checks them. A last line without a line break is
 * not returned: the last position then comes before the end of the file.
 * @throws {RepositoryError | LedgerError} `repository_corrupt` or `ledger_corrupt` when the file is missing, or a checksum is wrong
 */
export async function* checkedLines(
  place: Place,
  from: LinePosition = fileStart,
  until?: number,
): AsyncGenerator<readonly CheckedLine[], undefined> {
  const { folder, file } = place
  const handle = await open(join(folder, file), 'r').catch((error: unknown) => {
    throw isSystemError(error, 'ENOENT') ? corrupt(place, 'is missing') : unreadable(place, error)
  })
  try {
    let position = from
    for await (const lines of linesOf(handle, from.offset, until)) {
      const checked: CheckedLine[] = []
      for (const line of lines) {
        if (!line.isWhole) return
        const next = checkLine(place, line, position)
        position = next.position
        checked.push(next)
      }
      yield checked
    }
  } catch (error) {
    throw isSystemError(error, 'EIO') ? unreadable(place, error) : error
  } finally {
    await handle.close()
  }
}

/**
 * Checks a line that follows the place `before`.
 * @throws {RepositoryError | LedgerError} `repository_corrupt` or `ledger_corrupt` when its checksum is wrong
 */
export function checkLine(
  place: Place,
  { bytes, endsAt }: Pick<Line, 'bytes' | 'endsAt'>,
  before: LinePosition,
): CheckedLine {
  const line = before.line + 1
  const body = bytes.subarray(linePrefix)
  const sum = crc32(lineBreak, crc32(body, before.sum))
  if (bytes[linePrefix - 1] !== 0x20 || bytes.toString('latin1', 0, linePrefix - 1) !== formatSum(sum)) {
    throw corrupt({ ...place, line }, 'has a wrong checksum')
  }
  return { body, position: { offset: endsAt, line, sum } }
}

/** Returns the number of whole lines of a file. */
export async function countLines(place: Place): Promise<number> {
  let count = 0
  for await (const lines of checkedLines(place)) count += lines.length
  return count
}
