import type { CommittedCommand, StoredSnapshot } from '../../../port/repository.ts'
import { checkedLines } from '../file/checked-line.ts'
import { corrupt, type Place } from '../file/folder-error.ts'
import { writeWhole } from '../file/write-file.ts'
import { snapshotName } from '../layout.ts'
import type { LogPosition } from '../log/log-index.ts'
import { isVersion, parseObject } from '../log/log-line.ts'

/** The first line of a snapshot file: what opening needs in place of the log before the snapshot. */
export interface SnapshotHead {
  /** The version of the snapshot. */
  readonly snapshot: number
  /** The id of the log. */
  readonly log: string
  readonly schema: number
  /** The number of parts: one line each. */
  readonly parts: number
  /** The version before the first event of the log. */
  readonly first: number
  /** A place in the log. All events after the snapshot come after it. */
  readonly from: LogPosition
  readonly cursors: readonly (readonly [name: string, version: number])[]
  readonly commands: readonly (readonly [id: string, command: CommittedCommand])[]
}

/**
 * Writes a snapshot file.
 * @throws {TypeError} when a part has a lone surrogate, which UTF-8 cannot represent
 */
export async function writeSnapshot(
  folder: string,
  head: Omit<SnapshotHead, 'snapshot' | 'schema' | 'parts'>,
  { version, schema, parts }: StoredSnapshot,
): Promise<void> {
  const whole: SnapshotHead = { snapshot: version, schema, parts: parts.length, ...head }
  await writeWhole(folder, snapshotName(version), linesOfSnapshot(whole, parts))
}

function* linesOfSnapshot(head: SnapshotHead, parts: readonly string[]): Generator<string, undefined> {
  yield JSON.stringify(head)
  for (const [i, part] of parts.entries()) {
    if (/\p{Surrogate}/u.test(part)) throw new TypeError(`\`parts[${i}]\` has a lone surrogate`)
    yield part
  }
}

/**
 * Reads a snapshot file line by line and checks all of it. Calls `onPart` with the bytes of each part.
 * @throws {RepositoryError} `repository_corrupt` when a line is damaged or missing
 */
export async function readSnapshot(
  folder: string,
  log: string,
  version: number,
  onPart: (bytes: Buffer) => void = () => undefined,
): Promise<SnapshotHead> {
  const place = { folder, file: snapshotName(version) }
  let head: SnapshotHead | undefined
  let parts = 0
  for await (const lines of checkedLines(place)) {
    for (const { body, position } of lines) {
      if (head === undefined) {
        head = readHead(place, body, log, version)
        continue
      }
      parts += 1
      if (parts > head.parts) throw corrupt({ ...place, line: position.line }, 'comes after the last part')
      onPart(body)
    }
  }
  if (head === undefined) throw corrupt({ ...place, line: 1 }, 'is cut off')
  if (parts < head.parts) {
    throw corrupt({ ...place, line: parts + 2 }, `is missing: the snapshot has ${parts} of its ${head.parts} parts`)
  }
  return head
}

function readHead(place: Place, body: Buffer, log: string, version: number): SnapshotHead {
  const head = parseObject(body.toString())
  if (head === undefined || !isHead(head) || head.snapshot !== version)
    throw corrupt({ ...place, line: 1 }, 'is not the first line of this snapshot')
  if (head.log !== log) throw corrupt({ ...place, line: 1 }, `belongs to the log ${head.log}, not to ${log}`)
  return head
}

function isHead(head: object): head is SnapshotHead {
  const { snapshot, log, schema, parts, first, from, cursors, commands } = head as {
    readonly [K in keyof SnapshotHead]?: unknown
  }
  const numbers = [snapshot, schema, parts, first].every(isVersion)
  return numbers && typeof log === 'string' && isPosition(from) && Array.isArray(cursors) && Array.isArray(commands)
}

function isPosition(value: unknown): value is LogPosition {
  if (typeof value !== 'object' || value === null) return false
  const { segment, offset, line, sum, version } = value as { readonly [K in keyof LogPosition]?: unknown }
  return [segment, offset, line, sum, version].every(isVersion)
}
