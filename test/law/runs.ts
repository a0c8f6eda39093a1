import fc from 'fast-check'

const { LAW_RUNS, LAW_SEED } = process.env

/**
 * Returns the fast-check parameters of a law. The number of runs is `count` times the environment variable `LAW_RUNS`.
 * The seed is fixed, unless `LAW_SEED` is another number or `random`.
 */
export function runs(count: number): { numRuns: number; seed?: number } {
  const numRuns = Math.ceil(count * Number(LAW_RUNS ?? 1))
  return LAW_SEED === 'random' ? { numRuns } : { numRuns, seed: Number(LAW_SEED ?? 20_260_801) }
}

/** Generates `count` values with a fixed seed, so that every call returns the same values. */
export function sampleOf<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 20_260_801 })
}
