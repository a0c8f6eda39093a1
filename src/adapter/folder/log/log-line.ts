import type { CommandKey, StoredEvent } from '../../../port/repository.ts'

/** The first line of a segment. */
export interface HeadLine {
  readonly segment: number
  /** The id of the log. */
  readonly log: string
  /** The version of the log when the segment began. */
  readonly after: number
  /** The version before the first event of the log. */
  readonly first: number
  /** The checksum of the last line of the previous segment. */
  readonly previous?: string
}

/** One commit: all its events, after a version. */
interface CommitLine {
  readonly after: number
  readonly schema: number
  readonly command?: CommandKey
  readonly events: readonly StoredEvent[]
}

/** A cursor that was moved forwards. */
export interface CursorLine {
  readonly cursor: string
  readonly version: number
}

/** The log was empty, and begins at this version. */
export interface FirstLine {
  readonly first: number
}

/** The last line of a segment, once the next one has begun. */
export interface EndLine {
  /** The number of the next segment. */
  readonly next: number
}

/** A line of a segment. */
export type LogLine =
  | ({ readonly type: 'head' } & HeadLine)
  | ({ readonly type: 'commit' } & CommitLine)
  | ({ readonly type: 'cursor' } & CursorLine)
  | ({ readonly type: 'first' } & FirstLine)
  | ({ readonly type: 'end' } & EndLine)

/** Formats a commit whose events are already JSON. */
export function commitLine(after: number, schema: number, command: CommandKey | undefined, events: string): string {
  const key = command === undefined ? '' : `,"command":${JSON.stringify({ id: command.id, digest: command.digest })}`
  return `{"after":${after},"schema":${schema}${key},"events":${events}}`
}

/** Formats a line of another type. */
export function formatLine(line: HeadLine | CursorLine | FirstLine | EndLine): string {
  return JSON.stringify(line)
}

/** Parses a line, or returns `undefined` for a line that a repository cannot have written. */
export function parseLine(text: string): LogLine | undefined {
  const line = parseObject(text)
  if (line === undefined) return undefined
  if ('events' in line) return isCommit(line) ? { type: 'commit', ...line } : undefined
  if ('cursor' in line) return isCursor(line) ? { type: 'cursor', ...line } : undefined
  if ('segment' in line) return isHead(line) ? { type: 'head', ...line } : undefined
  if ('next' in line) return isVersion(line['next']) ? { type: 'end', next: line['next'] } : undefined
  return isVersion(line['first']) ? { type: 'first', first: line['first'] } : undefined
}

/** Parses a JSON object, or returns `undefined` for another string. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined
  } catch {
    return undefined
  }
}

/** Whether a value is a version: a non-negative integer. */
export function isVersion(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function isCommit(line: object): line is CommitLine {
  const { after, schema, command, events } = line as { readonly [K in keyof CommitLine]: unknown }
  return isVersion(after) && isVersion(schema) && Array.isArray(events) && (command === undefined || isKey(command))
}

function isKey(value: unknown): value is CommandKey {
  if (typeof value !== 'object' || value === null) return false
  const { id, digest } = value as { readonly [K in keyof CommandKey]?: unknown }
  return typeof id === 'string' && typeof digest === 'string'
}

function isCursor(line: object): line is CursorLine {
  const { cursor, version } = line as { readonly [K in keyof CursorLine]: unknown }
  return typeof cursor === 'string' && isVersion(version)
}

function isHead(line: object): line is HeadLine {
  const { segment, log, after, first } = line as { readonly [K in keyof HeadLine]: unknown }
  return isVersion(segment) && typeof log === 'string' && isVersion(after) && isVersion(first)
}
