import type { Instant } from '../model/value/instant.ts'
import type { Window, Windows } from '../model/value/window.ts'

/**
 * The instant of a request, and the first later instant at which time alone could change the decision. Mutable, and
 * used for one decision. Each step of the decision reads windows and notes their boundaries.
 */
export interface EvaluationTime {
  readonly at: Instant
  until: number
}

/** The evaluation time at an instant, before any boundary is noted. */
export function evaluationTimeOf(at: Instant): EvaluationTime {
  return { at, until: Number.POSITIVE_INFINITY }
}

/**
 * Notes `boundary` as an instant at which the decision could change. Keeps only the earliest boundary after the
 * request's instant.
 */
export function noteBoundary(moment: EvaluationTime, boundary: number): void {
  if (boundary > moment.at && boundary < moment.until) moment.until = boundary
}

/**
 * The index of the window in force, or -1 if no window is in force. Notes the next instant at which the index changes.
 * Loops by index, since engines iterate over frozen arrays slowly.
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

/** An object with the `until` of a decision, or `undefined` when time alone never changes the decision. */
export function untilOf({ until }: EvaluationTime): { readonly until: Instant } | undefined {
  return until === Number.POSITIVE_INFINITY ? undefined : { until }
}
