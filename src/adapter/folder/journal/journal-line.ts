import { parseObject } from '../log/log-line.ts'
import type { ArchiveFile } from './journal-archive.ts'

/** The first line of a tail. */
export interface TailHead {
  /** The id of the journal. */
  readonly journal: string
  readonly version: number
  readonly tail: number
  /** The checksum of the lines of the tail before, without its last line. */
  readonly previous?: number
}

/** The first line of a checkpoint. */
export interface CheckpointHead {
  /** The id of the journal. */
  readonly journal: string
  readonly version: number
  readonly checkpoint: number
  /** The files of the archive, in order. */
  readonly archive: readonly ArchiveFile[]
}

/** The version of the folder format that this library reads and writes. */
export const journalVersion = 1

/** A line of a tail after the first one: a batch of strings, or the last line, which names the next tail. */
export type TailLine = { readonly texts: readonly string[] } | { readonly next: number }

/** Formats a batch of strings as a line. */
export function formatBatch(texts: readonly string[]): string {
  return texts.map((text) => `\t${text}`).join('')
}

/** Parses a line of a tail. Returns `undefined` for another string. */
export function parseTailLine(text: string): TailLine | undefined {
  if (text.startsWith('\t')) return { texts: text.slice(1).split('\t') }
  const next = parseObject(text)?.['next']
  return typeof next === 'number' ? { next } : undefined
}

/** Parses the first line of a tail. Returns `undefined` for another string. */
export function parseTailHead(text: string): TailHead | undefined {
  const found = parseObject(text)
  return found !== undefined && 'tail' in found ? (found as unknown as TailHead) : undefined
}

/** Parses the first line of a checkpoint. Returns `undefined` for another string. */
export function parseCheckpointHead(text: string): CheckpointHead | undefined {
  const found = parseObject(text)
  const isHead = found !== undefined && 'checkpoint' in found && Array.isArray(found['archive'])
  return isHead ? (found as unknown as CheckpointHead) : undefined
}
