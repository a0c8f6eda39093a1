import type { CommandBody, RequestChange } from '../trace/what-if.ts'

/** A possible remedy that has not been checked yet: commands, a changed request, or both. */
export interface Candidate {
  readonly commands: readonly CommandBody[]
  readonly change?: RequestChange
}

/** The maximum number of names, teams, accounts or routes that are tried for one denial reason. */
export const candidateLimit = 10

/** A candidate that applies commands in the given order. */
export const commandCandidate = (...commands: readonly CommandBody[]): Candidate => ({ commands })

/** A candidate that changes the request. */
export const requestCandidate = (change: RequestChange): Candidate => ({ commands: [], change })
