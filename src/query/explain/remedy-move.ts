import type { RequestChange, Step } from './explain-trial.ts'

/** Something to try against a denial: commands, a request that asks differently, or both. */
export interface Move {
  readonly steps: readonly Step[]
  readonly change?: RequestChange
}

/** The most names, teams, accounts or routes that are tried for one reason. */
export const moveLimit = 10

/** Commands to try, one after the other. */
export const move = (...steps: readonly Step[]): Move => ({ steps })

/** Another request to try. */
export const changing = (change: RequestChange): Move => ({ steps: [], change })
