/** An append-only list of strings that outlives the process. At most one ledger uses a journal at a time. */
export interface Journal {
  /**
   * Yields every appended string, oldest first. Called once, before the first `append`. Strings may be missing at the
   * end if their `append` never returned.
   * @throws {LedgerError} with `ledger_corrupt` when any other string is missing or changed
   */
  read(): AsyncIterable<string>
  /**
   * Appends the strings in the order of the array. No string contains a line break. Resolves once the strings would
   * survive a power failure. The ledger calls `append` again only after the previous call has settled.
   */
  append(texts: readonly string[]): Promise<void>
  /** Releases the underlying resource, for example the file and its lock. */
  close(): Promise<void>
}
