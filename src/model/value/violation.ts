/** A broken invariant in stored data. `StateViolation` and `LedgerViolation` extend this type. */
export interface Violation<Invariant extends string> {
  /** The name of the broken invariant. */
  readonly invariant: Invariant
  /** One line that describes the violation, with the ids and values found. */
  readonly message: string
}
