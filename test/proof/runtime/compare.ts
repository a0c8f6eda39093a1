import { fromJson, toJson } from './bigint-json.ts'
import type { Corpus } from './corpus.ts'
import { kinds, type Recording, replay } from './replay.ts'

/** A corpus with the results that were recorded for it. */
interface Recorded {
  readonly corpus: Corpus
  readonly recording: Recording
}

/** The number of compared results of each kind, and the differences, of which the first five are described. */
export interface Comparison {
  readonly counts: Readonly<Record<keyof Recording, number>>
  readonly differences: number
  readonly examples: readonly string[]
}

/** Replays a corpus in this runtime, and returns it with its results as JSON. */
export async function record(corpus: Corpus): Promise<string> {
  return toJson({ corpus, recording: await replay(corpus) } satisfies Recorded)
}

/** Replays a recorded corpus, given as JSON, in this runtime and compares every result with the recorded one. */
export async function compare(json: string): Promise<Comparison> {
  const { corpus, recording } = fromJson(json) as Recorded
  const found = await replay(corpus)
  const differences = kinds.flatMap((kind) =>
    Array.from({ length: Math.max(recording[kind].length, found[kind].length) }, (_, i) => i)
      .filter((i) => recording[kind][i] !== found[kind][i])
      .map((i) => `${kind} ${i}:\n  recorded ${recording[kind][i]}\n  computed ${found[kind][i]}`),
  )
  const counts = Object.fromEntries(kinds.map((kind) => [kind, found[kind].length])) as Comparison['counts']
  return { counts, differences: differences.length, examples: differences.slice(0, 5) }
}
