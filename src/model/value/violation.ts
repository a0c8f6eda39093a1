/** A place where stored data breaks an invariant. A state and a ledger each have their own kind. */
export interface Violation<Invariant extends string> {
  /** The name of the broken invariant. */
  readonly invariant: Invariant
  /** The broken invariant in one line, with the ids and values found. */
  readonly message: string
}
