/** Every invariant of a state, with what it says. A snapshot that breaks one is refused under this name. */
export const invariants = {
  ids_unique: 'no two rows of a kind have the same id',
  digests_unique: 'no digest, current or replaced, belongs to two credentials or twice to one',
  references_exist: 'whatever a row refers to is there',
  entries_distinct:
    'a list of references names nothing twice, and a principal holds a group, or a role on an account, once',
  default_team_is_joined: "a user's default team is one of its teams",
  credential_team_is_joined: "only a user's credential names a team, and the user is in it",
  successors_end: 'following successors from an alias comes to an end',
  incarnations_are_past: 'nothing was made at a version that is still to come',
  index_agrees: 'the index says what the rows say',
} as const
export type InvariantName = keyof typeof invariants

/** One place where a state breaks an invariant. `path` leads there: the kind, the row's id, then its fields. */
export interface Violation {
  readonly invariant: InvariantName
  readonly path: readonly (string | number)[]
  readonly message: string
}
