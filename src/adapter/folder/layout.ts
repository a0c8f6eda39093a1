import { readdir } from 'node:fs/promises'

/** The version of the folder format that this library reads and writes. */
export const formatVersion = 1

/** The file that makes a folder a repository. */
export const headName = 'portcullis.head'

/** The name that the sockets of the lock start with. */
export const lockName = 'portcullis'

/** The ending of a file that is not complete yet. */
export const unfinished = '.unfinished'

/** A segment of the log: a file with the commits after a version. */
export interface SegmentId {
  /** 1 for the first segment. Numbers have no gaps. */
  readonly number: number
  /** The version of the log when the segment began. */
  readonly after: number
}

/** Returns the name of a segment file. */
export function segmentName({ number, after }: SegmentId): string {
  return `log-${digits(number, 8)}-${digits(after, 16)}`
}

/** Returns the name of a snapshot file. */
export function snapshotName(version: number): string {
  return `snapshot-${digits(version, 16)}`
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, '0')
}

/** The files of a folder, by what their names say. */
export interface FolderFiles {
  readonly hasHead: boolean
  /** In order of their numbers. */
  readonly segments: readonly SegmentId[]
  /** The versions of the snapshots, ascending. */
  readonly snapshots: readonly number[]
  /** The names of files that were not complete when a process ended. */
  readonly leftovers: readonly string[]
  /** The names of files that a repository does not write. */
  readonly others: readonly string[]
}

const names = {
  segment: /^log-(\d{8})-(\d{16})$/,
  snapshot: /^snapshot-(\d{16})$/,
  leftover: /^(portcullis\.head|log-\d{8}-\d{16}|snapshot-\d{16})\.unfinished$/,
  /** The sockets of locks, and the folder that some file systems have at their root. */
  ignored: /^(portcullis\.lock-[0-9a-f]{8}|lost\+found)$/,
} as const

/** Lists the files of a folder. */
export async function listFolder(path: string): Promise<FolderFiles> {
  const segments: SegmentId[] = []
  const snapshots: number[] = []
  const leftovers: string[] = []
  const others: string[] = []
  const found = await readdir(path)
  for (const name of found) {
    const segment = names.segment.exec(name)
    const snapshot = names.snapshot.exec(name)
    if (segment !== null) segments.push({ number: Number(segment[1]), after: Number(segment[2]) })
    else if (snapshot !== null) snapshots.push(Number(snapshot[1]))
    else if (names.leftover.test(name)) leftovers.push(name)
    else if (name !== headName && !names.ignored.test(name)) others.push(name)
  }
  segments.sort((one, other) => one.number - other.number || one.after - other.after)
  snapshots.sort((one, other) => one - other)
  return { hasHead: found.includes(headName), segments, snapshots, leftovers, others: others.sort() }
}
