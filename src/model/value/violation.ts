/** A place where stored data breaks an invariant. States and ledgers each have their own type of violation. */
export interface Violation<Invariant extends string> {
  /** The name of the broken invariant. */
  readonly invariant: Invariant
  /** The broken invariant in one line, with the ids and values found. */
  readonly message: string
}
