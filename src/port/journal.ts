/** An append-only list of strings that outlives the process. At most one ledger uses a journal at a time. */
export interface Journal {
  /**
   * Yields every appended string, oldest first. Called once, before the first `append`. The last strings may be missing
   * if the `append` of these strings never returned.
   * @throws {LedgerError} with `ledger_corrupt` when any other string is missing or changed
   */
  read(): AsyncIterable<string>
  /**
   * Appends strings without line breaks, in this order. Resolves once the strings are safe against a power failure. The
   * ledger never calls `append` again before the previous call has settled.
   */
  append(texts: readonly string[]): Promise<void>
  /** Releases the underlying resource, for example the file and its lock. */
  close(): Promise<void>
}
