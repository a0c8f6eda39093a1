import { fromSnapshot } from '../../src/model/snapshot/from-snapshot.ts'
import { snapshotSchema } from '../../src/model/snapshot/snapshot.ts'
import { kinds, type State } from '../../src/model/state/state.ts'
import type { Population } from './population.ts'

/** The JSON string of a population's snapshot. Written in pieces, because a single `JSON.stringify` needs twice the memory. */
export function writeSnapshot(population: Population): string {
  const parts = [`{"format":"portcullis","schema":${snapshotSchema},"version":${versionOf(population)}`]
  parts.push(`,"administrators":${JSON.stringify(population.administrators)}`)
  for (const kind of kinds) parts.push(`,"${kind}":[`, ...writeRows(population[kind]), ']')
  parts.push('}')
  return parts.join('')
}

function writeRows(rows: readonly unknown[]): string[] {
  const pieces: string[] = []
  for (let from = 0; from < rows.length; from += 10_000) {
    const piece = JSON.stringify(rows.slice(from, from + 10_000)).slice(1, -1)
    pieces.push(from === 0 ? piece : `,${piece}`)
  }
  return pieces
}

/** The version after one event for each row. */
function versionOf(population: Population): number {
  return kinds.reduce((sum, kind) => sum + population[kind].length, 0)
}

/**
 * Parses a snapshot into a state.
 * @throws {Error} when the snapshot is invalid
 */
export function readState(text: string): State {
  const restored = fromSnapshot(JSON.parse(text))
  if (!restored.ok) throw new Error(`the snapshot is invalid: ${JSON.stringify(restored.faults.slice(0, 3))}`)
  return restored.state
}
