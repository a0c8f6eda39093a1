/** A test of one guarantee of an adapter. Works with any test runner: call `test(name, run)` for each case. */
export interface ConformanceCase {
  readonly name: string
  readonly run: () => Promise<void>
}
