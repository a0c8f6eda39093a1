import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { formatSum } from '../checksum.ts'
import { CommandMemory } from '../log/command-memory.ts'
import { CommitLog } from '../log/commit-log.ts'
import { checkedLines, countLines, LineEncoder } from './file/checked-line.ts'
import { corrupt, type Place } from './file/folder-error.ts'
import { syncFolder } from './file/lines.ts'
import { type SegmentId, segmentName, snapshotName } from './layout.ts'
import { LogIndex, type LogPosition, segmentStart } from './log/log-index.ts'
import { formatLine, type HeadLine, parseLine } from './log/log-line.ts'
import { LogReader } from './log/log-reader.ts'
import { LogWriter } from './log/log-writer.ts'
import { type LockedFolder, openCut, removeFile } from './open-folder.ts'
import { readSnapshot, type SnapshotHead } from './snapshot/snapshot-file.ts'

/** The contents of a folder, as the repository needs them in memory. */
export interface Recovered {
  /** The commits after the newest snapshot. */
  readonly commits: CommitLog
  readonly commands: CommandMemory
  readonly cursors: Map<string, number>
  /** The versions of the snapshots, ascending. */
  readonly snapshots: readonly number[]
  readonly index: LogIndex
  readonly reader: LogReader
  readonly writer: LogWriter
}

/**
 * Reads the newest snapshot and the log after it, and checks both. Then, and only if everything is right, removes what a
 * crash has left: an incomplete last line, and files that were not complete.
 * @throws {RepositoryError} `repository_corrupt` when anything is damaged or missing; the folder is then unchanged
 */
export async function recover(locked: LockedFolder): Promise<Recovered> {
  const { folder, log, files } = locked
  checkNumbers(folder, files.segments)
  const newest = files.snapshots.at(-1)
  const head = newest === undefined ? undefined : await readSnapshot(folder, log, newest)
  const from = head?.from ?? segmentStart({ number: 1, after: 0 })
  const dropped = await findUnfinished(folder, files.segments, from)
  const segments = files.segments.filter((id) => id !== dropped)
  const index = new LogIndex(segments, from)
  const reader = new LogReader(folder, log, index)
  const state = await readLog(locked, reader, head, segments)
  if (dropped !== undefined) await checkUnfinished(folder, segments.at(-1) as SegmentId, dropped, state.end)
  const first = state.commits.first
  if (first > 0 && !files.snapshots.includes(first)) throw corrupt({ folder, file: snapshotName(first) }, 'is missing')

  const file = await openCut(join(folder, segmentName(segments[state.end.segment - 1] as SegmentId)), state.end.offset)
  index.end = state.end
  const writer = new LogWriter(folder, log, index, file)
  try {
    for (const name of files.leftovers) await removeFile(folder, name)
    if (dropped !== undefined) await removeFile(folder, segmentName(dropped))
    await syncFolder(folder)
    if (state.isBeginning) {
      await writer.append([{ text: formatLine({ first: state.commits.first }), version: state.commits.first }])
    }
  } catch (error) {
    await writer.close()
    throw error
  }
  return { ...state, snapshots: files.snapshots, index, reader, writer }
}

function checkNumbers(folder: string, segments: readonly SegmentId[]): void {
  for (const [i, { number }] of segments.entries()) {
    if (number === i + 1) continue
    if (number === segments[i - 1]?.number)
      throw corrupt({ folder, file: segmentName(segments[i] as SegmentId) }, 'has the number of another file')
    throw missingSegment(folder, i + 1)
  }
  if (segments.length === 0) throw missingSegment(folder, 1)
}

function missingSegment(folder: string, number: number): Error {
  return corrupt({ folder, file: segmentName({ number, after: 0 }).replace(/\d{16}$/, '…') }, 'is missing')
}

/** Returns the last segment if a crash interrupted its creation: the segment before does not name it. */
async function findUnfinished(
  folder: string,
  segments: readonly SegmentId[],
  from: LogPosition,
): Promise<SegmentId | undefined> {
  const last = segments.at(-1) as SegmentId
  const before = segments.at(-2)
  if (from.segment >= last.number || before === undefined) return undefined
  const lines = await countLines({ folder, file: segmentName(last) })
  return lines > 1 || (await lastLineOf(folder, before)).isEnd ? undefined : last
}

/** Checks that an unfinished segment begins where the log ends. Otherwise the log has lost its last lines. */
async function checkUnfinished(
  folder: string,
  before: SegmentId,
  unfinished: SegmentId,
  end: LogPosition,
): Promise<void> {
  const encoder = new LineEncoder(end)
  encoder.add(formatLine({ next: unfinished.number }))
  const previous = formatSum(encoder.position.sum)
  for await (const [line] of checkedLines({ folder, file: segmentName(unfinished) })) {
    const head = parseLine(line?.body.toString() ?? '')
    if (head?.type === 'head' && head.previous === previous) return
  }
  throw corrupt({ folder, file: segmentName(before) }, 'has lost its last lines')
}

/** Reads the end of a segment. An end line is shorter than 64 bytes. */
async function lastLineOf(folder: string, id: SegmentId): Promise<{ readonly isEnd: boolean; readonly sum: string }> {
  const file = await open(join(folder, segmentName(id)), 'r')
  try {
    const { size } = await file.stat()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(64), 0, 64, Math.max(0, size - 64))
    const text = buffer.toString('latin1', 0, bytesRead)
    const line = text.endsWith('\n') ? (text.slice(0, -1).split('\n').at(-1) ?? '') : ''
    return { isEnd: parseLine(line.slice(9))?.type === 'end', sum: line.slice(0, 8) }
  } finally {
    await file.close()
  }
}

type LogState = Pick<Recovered, 'commits' | 'commands' | 'cursors'> & {
  readonly end: LogPosition
  /** Whether the snapshot is the beginning of the log, but the log does not have it yet. */
  readonly isBeginning: boolean
}

async function readLog(
  { folder }: LockedFolder,
  reader: LogReader,
  head: SnapshotHead | undefined,
  segments: readonly SegmentId[],
): Promise<LogState> {
  const commands = new CommandMemory()
  const commits = new CommitLog(commands)
  const cursors = new Map<string, number>(head?.cursors)
  for (const [id, command] of head?.commands ?? []) commands.set(id, command)
  commits.first = head?.first ?? 0
  commits.base = head?.snapshot ?? 0

  const last = segments.at(-1) as SegmentId
  const from = head?.from ?? segmentStart({ number: 1, after: 0 })
  if (from.segment > last.number) throw missingSegment(folder, from.segment)
  let end = from
  const everything: LogPosition = { ...segmentStart(last), offset: Number.POSITIVE_INFINITY }
  for await (const lines of reader.lines(from, everything)) {
    for (const { line, position } of lines) {
      if (line.type === 'head' && end === from && from.segment > 1) await checkClosed(folder, segments, line)
      if (line.type === 'commit') commits.add(line)
      if (line.type === 'cursor') cursors.set(line.cursor, Math.max(line.version, cursors.get(line.cursor) ?? 0))
      if (line.type === 'first') begin(commits, line.first)
      if (line.type === 'end' && line.next > last.number) throw missingSegment(folder, line.next)
      end = position
    }
  }
  return { commits, commands, cursors, ...checkEnd(folder, end, last, head) }
}

/** Checks that the segment before the first one that is read was closed by a line that this one follows. */
async function checkClosed(folder: string, segments: readonly SegmentId[], line: HeadLine): Promise<void> {
  const before = segments[line.segment - 2] as SegmentId
  const { isEnd, sum } = await lastLineOf(folder, before)
  if (isEnd && sum === line.previous) return
  throw corrupt({ folder, file: segmentName(before) }, 'has lost its last lines')
}

function begin(commits: CommitLog, first: number): void {
  commits.first = first
  commits.base = Math.max(commits.base, first)
}

/** Checks that the log has reached the newest snapshot. */
function checkEnd(
  folder: string,
  end: LogPosition,
  last: SegmentId,
  head: SnapshotHead | undefined,
): { readonly end: LogPosition; readonly isBeginning: boolean } {
  const place: Place = { folder, file: segmentName(last) }
  if (end.line === 0) throw corrupt({ ...place, line: 1 }, 'is missing')
  if (head === undefined || end.version >= head.snapshot) return { end, isBeginning: false }
  if (head.first === head.snapshot && end.version === 0) return { end, isBeginning: true }
  const problem = `is missing: the log ends at version ${end.version}, but ${snapshotName(head.snapshot)} exists`
  throw corrupt({ ...place, line: end.line + 1 }, problem)
}
