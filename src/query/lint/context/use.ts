import type { Principal, PrincipalType } from '../../../model/value/principal.ts'

/** Texts of each principal, by its kind and id. */
export type Texts = Readonly<Record<PrincipalType, Map<string, Set<string>>>>

/** What a usage log says, looked up by who and what. */
export interface Used {
  /** What is older than this and was not asked for since is unused; nothing is where the log does not reach back so far. */
  readonly cutoff: number
  readonly reaches: boolean
  /** Whether the log says who managed what, too. */
  readonly reachesPowers: boolean
  /** The names that each principal asked for. A user's call that named no team counts for all its teams. */
  readonly asked: Texts
  readonly askedByAnybody: ReadonlySet<string>
  /** The accounts that each agent managed. */
  readonly managed: Texts
  /** How often each principal was refused each name for want of a grant. */
  readonly refused: readonly Refusal[]
}

/** A model that a principal was refused more often than it takes to be worth a thought. */
export interface Refusal {
  readonly principal: Principal
  readonly model: string
  readonly count: number
}
