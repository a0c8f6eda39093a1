/** An append-only list of strings that outlives the process. At most one ledger uses it at a time. */
export interface Journal {
  /**
   * Yields every appended string, oldest first. Called once, before the first `append`. The last strings may be missing if
   * their `append` never returned.
   * @throws {LedgerError} with `ledger_corrupt` when anything else is missing or changed
   */
  read(): AsyncIterable<string>
  /**
   * Appends strings without line breaks, in this order. Resolves once they survive a power failure. The ledger never calls
   * `append` again before the previous call has settled.
   */
  append(texts: readonly string[]): Promise<void>
  /** Releases the underlying resource, for example the file and its lock. */
  close(): Promise<void>
}
