import { type FileHandle, open } from 'node:fs/promises'

export const newline = 0x0a

/** A line of a file, as bytes. */
export interface Line {
  /** The bytes of the line, without the line break. */
  readonly bytes: Buffer
  /** Whether the line ends in a line break. */
  readonly isWhole: boolean
  /** The file offset of the first byte after the line. */
  readonly endsAt: number
}

const chunkSize = 1 << 17

/**
 * Reads the lines of a file between two offsets, in groups: the lines that end in one chunk. Only the last line can be
 * without a line break.
 */
export async function* linesOf(
  file: FileHandle,
  from = 0,
  until = Number.POSITIVE_INFINITY,
): AsyncGenerator<readonly Line[], undefined> {
  let pieces: Buffer[] = []
  let at = from
  while (at < until) {
    const length = Math.min(chunkSize, until - at)
    const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(length), 0, length, at)
    if (bytesRead === 0) break
    const chunk = buffer.subarray(0, bytesRead)
    const lines: Line[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      const rest = chunk.subarray(start, end)
      const bytes = pieces.length === 0 ? rest : Buffer.concat([...pieces, rest])
      lines.push({ bytes, isWhole: true, endsAt: at + end + 1 })
      pieces = []
      start = end + 1
    }
    if (start < bytesRead) pieces.push(chunk.subarray(start))
    at += bytesRead
    if (lines.length > 0) yield lines
  }
  if (pieces.length > 0) yield [{ bytes: Buffer.concat(pieces), isWhole: false, endsAt: at }]
}

/** Syncs a folder, so that a new file survives a power failure. Does nothing on systems that cannot open folders. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined)
  await folder?.sync().catch(() => undefined)
  await folder?.close().catch(() => undefined)
}
