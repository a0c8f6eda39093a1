import type { Instant } from '../model/value/instant.ts'
import type { Window, Windows } from '../model/value/window.ts'

/**
 * The instant `at` of a request, and `until`, the first later instant at which the decision could change without a
 * command. Each step of the decision lowers `until` to the next start or end of a window that the step reads. Mutable,
 * and used for one decision.
 */
export interface EvaluationTime {
  readonly at: Instant
  until: number
}

/** Creates the evaluation time of a request. Its `until` is infinite at first. */
export function evaluationTimeOf(at: Instant): EvaluationTime {
  return { at, until: Number.POSITIVE_INFINITY }
}

/**
 * Records an instant at which the decision could change, such as the end of a window. Keeps only the earliest boundary
 * after the request's instant.
 */
export function noteBoundary(moment: EvaluationTime, boundary: number): void {
  if (boundary > moment.at && boundary < moment.until) moment.until = boundary
}

/**
 * Returns the index of the window that is in force at the request's instant, or -1. Records the next instant at which
 * this index changes. Loops by index, since engines iterate over frozen arrays slowly.
 */
export function indexInForce(windows: Windows, moment: EvaluationTime): number {
  for (let i = 0; i < windows.length; i += 1) {
    const window = windows[i] as Window
    if (window.startsAt !== undefined && window.startsAt > moment.at) {
      noteBoundary(moment, window.startsAt)
      return -1
    }
    if (window.expiresAt === undefined) return i
    if (window.expiresAt > moment.at) {
      noteBoundary(moment, window.expiresAt)
      return i
    }
  }
  return -1
}

/** Returns `{ until }` for a decision, or `undefined` when the decision changes only by commands. */
export function untilOf({ until }: EvaluationTime): { readonly until: Instant } | undefined {
  return until === Number.POSITIVE_INFINITY ? undefined : { until }
}
