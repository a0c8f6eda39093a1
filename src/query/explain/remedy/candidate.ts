import type { RequestChange, Step } from '../trace/trial.ts'

/** Something to try against a denial: commands, a request that asks differently, or both. */
export interface Candidate {
  readonly steps: readonly Step[]
  readonly change?: RequestChange
}

/** The most names, teams, accounts or routes that are tried for one reason. */
export const candidateLimit = 10

/** Commands to try, one after the other. */
export const candidate = (...steps: readonly Step[]): Candidate => ({ steps })

/** Another request to try. */
export const changing = (change: RequestChange): Candidate => ({ steps: [], change })
