import { type FileHandle, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { unfinished } from '../layout.ts'
import { LineEncoder, type LinePosition } from './checked-line.ts'
import { syncFolder } from './lines.ts'

/** The number of bytes after which a file in progress is written. Small, because each chunk delays other work. */
const chunkSize = 1 << 17

/**
 * Writes a whole file of checked lines, readable by its owner only: under a temporary name, synced, then renamed, then the
 * folder is synced. Returns the place after the last line. When it throws, the file does not exist under its name.
 */
export async function writeWhole(folder: string, name: string, lines: Iterable<string>): Promise<LinePosition> {
  const path = join(folder, name)
  const encoder = new LineEncoder()
  let file: FileHandle | undefined
  try {
    file = await open(`${path}${unfinished}`, 'w', 0o600)
    for (const line of lines) {
      encoder.add(line)
      if (encoder.size >= chunkSize) await file.appendFile(encoder.take())
    }
    await file.appendFile(encoder.take())
    await file.sync()
    await file.close()
    await rename(`${path}${unfinished}`, path)
  } catch (error) {
    await file?.close().catch(() => undefined)
    await rm(`${path}${unfinished}`, { force: true }).catch(() => undefined)
    throw error
  }
  await syncFolder(folder)
  return encoder.position
}
