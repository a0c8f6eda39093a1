import type { Instant } from '../../model/value/instant.ts'
import type { AuthZenPage } from '../message/evaluator.ts'

/** A result that a search may have, and the position after it. */
export interface Candidate {
  readonly id: string
  readonly position: string
}

/** The moment of a search, where it starts, and about how many results are wanted. */
export interface SearchRange {
  readonly at: Instant
  readonly after: string | undefined
  readonly limit: number
}

/** Makes one page of the candidates that are allowed. Takes only as many candidates as it needs. */
export function pageOf<Result>(
  candidates: Iterable<Candidate>,
  limit: number,
  isAllowed: (id: string) => boolean,
  resultOf: (id: string) => Result,
): AuthZenPage<Result> {
  const results: Result[] = []
  let next: string | undefined
  for (const { id, position } of candidates) {
    if (!isAllowed(id)) continue
    if (results.length === limit) return { results, next }
    results.push(resultOf(id))
    next = position
  }
  return { results }
}
