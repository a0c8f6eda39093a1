import type { Instant } from '../model/value/instant.ts'
import type { Window, Windows } from '../model/value/window.ts'

/** The instant of a request, and the first later one at which something that was looked at flips. Lives for one decision. */
export interface EvaluationTime {
  readonly at: Instant
  until: number
}

export function evaluationTimeOf(at: Instant): EvaluationTime {
  return { at, until: Number.POSITIVE_INFINITY }
}

/** Notes that what was looked at flips at an instant, if that is still to come. */
export function noteBoundary(moment: EvaluationTime, flipsAt: number): void {
  if (flipsAt > moment.at && flipsAt < moment.until) moment.until = flipsAt
}

/** Which window is in force, below zero for none; notes when that changes. Indexed, since engines iterate frozen arrays slowly. */
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

/** The first flip as a field of a decision; none when time never changes it. */
export function untilOf({ until }: EvaluationTime): { readonly until: Instant } | undefined {
  return until === Number.POSITIVE_INFINITY ? undefined : { until }
}
