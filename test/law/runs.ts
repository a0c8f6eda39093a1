import fc from 'fast-check'

const { LAW_RUNS, LAW_SEED } = process.env

/**
 * How often a law is tried: this many times, times `LAW_RUNS`. The seed is fixed, so that a run means the same everywhere;
 * `LAW_SEED=random` or a number looks elsewhere.
 */
export function runs(count: number): { numRuns: number; seed?: number } {
  const numRuns = Math.ceil(count * Number(LAW_RUNS ?? 1))
  return LAW_SEED === 'random' ? { numRuns } : { numRuns, seed: Number(LAW_SEED ?? 20_260_801) }
}

/** The number of values that a sample of this size draws, always the same ones. */
export function sampleOf<T>(arbitrary: fc.Arbitrary<T>, count: number): T[] {
  return fc.sample(arbitrary, { numRuns: count, seed: 20_260_801 })
}
