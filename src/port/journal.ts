/**
 * An append-only list of texts that outlives the process. One ledger at a time may have it.
 */
export interface Journal {
  /**
   * Every text that was appended, oldest first. Read once, before anything is appended.
   * What was appended last and never acknowledged may be missing; anything else missing or changed is thrown as a `LedgerError`.
   */
  read(): AsyncIterable<string>
  /** Appends texts, without line breaks, in this order. Done when they survive a loss of power. Calls do not overlap. */
  append(texts: readonly string[]): Promise<void>
  close(): Promise<void>
}
