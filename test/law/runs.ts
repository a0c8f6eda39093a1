import fc from 'fast-check'

const { LAW_RUNS, LAW_SEED } = process.env

/**
 * fast-check parameters for a law: `count` runs, multiplied by the environment variable `LAW_RUNS`. The seed is fixed;
 * `LAW_SEED` sets another number, or `random`.
 */
export function runs(count: number): { numRuns: number; seed?: number } {
  const numRuns = Math.ceil(count * Number(LAW_RUNS ?? 1))
  return LAW_SEED === 'random' ? { numRuns } : { numRuns, seed: Number(LAW_SEED ?? 20_260_801) }
}

/** Draws `count` values, the same ones every time. */
export function sampleOf<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 20_260_801 })
}
