/** An append-only list of strings that outlives the process. At most one ledger uses a journal at a time. */
export interface Journal {
  /**
   * Yields the records of the last checkpoint, if any, and then every string that was appended after its `begin`, oldest
   * first. Called once, before the first `append`. Strings may be missing at the end if their `append` never returned.
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
  /** The checkpoints of the journal. A journal without them grows with every write. */
  readonly checkpoints?: JournalCheckpoints
}

/** Replaces the beginning of a journal by a checkpoint, and keeps old entries in an archive of numbered blocks. */
export interface JournalCheckpoints {
  /**
   * Begins a new part of the journal: a later checkpoint replaces only what was appended before. The ledger calls it
   * while no `append` is in progress. When it throws, the journal goes on as before.
   */
  begin(): Promise<void>
  /**
   * Adds blocks to the archive, and replaces the strings appended before the last `begin` by the records. Atomic: after
   * a crash the journal has either all of it or nothing. The ledger appends meanwhile, and may call `begin` and `write`
   * again after a failure. Read the iterables in small pieces, because each piece delays the callers of the ledger.
   */
  write(checkpoint: JournalCheckpoint): Promise<void>
  /**
   * Returns a block of the archive. Synchronous, because the ledger decides each write without waiting: a journal on
   * remote storage keeps a local copy of the archive.
   * @throws {LedgerError} with `ledger_corrupt` when the block is missing or changed
   */
  readBlock(block: number): string
}

/** What a checkpoint stores: strings without line breaks. Each iterable can be read once. */
export interface JournalCheckpoint {
  /** The state of the ledger. `read` yields these strings again. */
  readonly records: Iterable<string>
  /** The blocks from this number on. A failed checkpoint may have stored some of them already: replace these. */
  readonly firstBlock: number
  readonly blocks: Iterable<string>
}
