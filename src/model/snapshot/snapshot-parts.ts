import { type Kind, kinds, type State } from '../state/state.ts'
import type { PartsFrame } from './snapshot.ts'
import { frameOf, rowTextsOf } from './to-snapshot.ts'

/** The length in UTF-16 code units at which a part ends, even if it has fewer rows than allowed. */
const partLength = 4_000_000

/**
 * Converts a state to a snapshot in parts: JSON strings without line breaks, for stores of states whose whole snapshot
 * would exceed the longest string of the JavaScript engine. The first part is the frame, with the version, the
 * administrators and the number of rows of each kind. Each other part has 1 to `rowsPerPart` rows of one kind, sorted
 * by id. A part of more than 4,000,000 characters has a single row. Equal states have equal parts.
 * @throws {RangeError} when `rowsPerPart` is not a positive integer
 */
export function snapshotParts(state: State, rowsPerPart: number = 1000): IterableIterator<string> {
  if (!Number.isInteger(rowsPerPart) || rowsPerPart < 1) {
    throw new RangeError(`expected \`rowsPerPart\` as a positive integer, not \`${rowsPerPart}\``)
  }
  return eachPart(state, rowsPerPart)
}

function* eachPart(state: State, rowsPerPart: number): IterableIterator<string> {
  const rowCounts = Object.fromEntries(kinds.map((kind) => [kind, state[kind].size])) as PartsFrame['rowCounts']
  const frame: PartsFrame = { ...frameOf(state), rowCounts }
  yield lineOf(frame)
  for (const kind of kinds) yield* partsOfKind(kind, state, rowsPerPart)
}

function* partsOfKind(kind: Kind, state: State, rowsPerPart: number): IterableIterator<string> {
  let rows: string[] = []
  let length = 0
  for (const row of rowTextsOf(kind, state)) {
    const text = lineOf(row)
    if (rows.length === rowsPerPart || (rows.length > 0 && length + text.length > partLength)) {
      yield partOf(kind, rows)
      rows = []
      length = 0
    }
    rows.push(text)
    length += text.length
  }
  if (rows.length > 0) yield partOf(kind, rows)
}

function partOf(kind: Kind, rows: readonly string[]): string {
  return `{"${kind}":[${rows.join(',')}]}`
}

/** Converts a value to JSON in one line. Escapes the line separators that `JSON.stringify` leaves in strings. */
function lineOf(value: unknown): string {
  return JSON.stringify(value).replace(/[\u0085\u2028\u2029]/g, escapeCharacter)
}

function escapeCharacter(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
