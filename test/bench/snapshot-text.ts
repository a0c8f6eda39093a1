import { fromSnapshot } from '../../src/model/snapshot/from-snapshot.ts'
import { snapshotSchema } from '../../src/model/snapshot/snapshot.ts'
import { kinds, type State } from '../../src/model/state/state.ts'
import type { Population } from './population.ts'

/** The text of a population's snapshot. Written in pieces, since one call would hold every piece twice. */
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

/** As many events as there were rows, each of which made one. */
function versionOf(population: Population): number {
  return kinds.reduce((sum, kind) => sum + population[kind].length, 0)
}

/**
 * The state of a snapshot's text.
 * @throws {Error} when the snapshot is refused
 */
export function readState(text: string): State {
  const restored = fromSnapshot(JSON.parse(text))
  if (!restored.ok) throw new Error(`the snapshot is refused: ${JSON.stringify(restored.faults.slice(0, 3))}`)
  return restored.state
}
