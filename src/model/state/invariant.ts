import type { Violation } from '../value/violation.ts'

/** The invariants of a state: for each name, a statement that must be true of every row. */
export const stateInvariants = {
  ids_unique: 'no two rows of a kind have the same id',
  digests_unique: 'no digest, current or replaced, belongs to two credentials or occurs twice in one',
  references_exist: 'every row that a row refers to exists',
  entries_distinct:
    'a list of references has no duplicates, and a holder has one entry for each access group and each role on an account',
  default_team_is_joined: "a user's default team is one of its teams",
  invited_user_is_not_joined: 'no invitation to a team names a user who is in the team',
  credential_team_is_joined: "only a user's credential names a team, and the user is in it",
  suspensions_have_authors: 'a row names the power that suspended it exactly while it is suspended',
  successors_end: 'a chain of successors ends',
  incarnations_are_past: 'no row and no invitation was created at a version later than that of the state',
  access_requests_fit: 'a pending access request is for its requester, and names the organization of its subject',
  index_agrees: 'the index agrees with the rows',
} as const
export type StateInvariant = keyof typeof stateInvariants

/** A broken invariant in a state, with the path to the data that breaks the invariant. */
export interface StateViolation extends Violation<StateInvariant> {
  /** The path to the violation: the kind of the row, the row's id, then fields of the row. */
  readonly path: readonly (string | number)[]
}
