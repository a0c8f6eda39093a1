import type { Instant } from '../model/instant.ts'
import type { Window, Windows } from '../model/window.ts'

/** The instant of a request, and the first later one at which something that was looked at flips. Lives for one decision. */
export interface Moment {
  readonly at: Instant
  until: number
}

export function momentOf(at: Instant): Moment {
  return { at, until: Number.POSITIVE_INFINITY }
}

/** Notes that what was looked at flips at an instant, if that is still to come. */
export function note(moment: Moment, flipsAt: number): void {
  if (flipsAt > moment.at && flipsAt < moment.until) moment.until = flipsAt
}

/** Which window is in force, below zero for none; notes when that changes. Indexed, since engines iterate frozen arrays slowly. */
export function indexInForce(windows: Windows, moment: Moment): number {
  for (let i = 0; i < windows.length; i += 1) {
    const window = windows[i] as Window
    if (window.startsAt !== undefined && window.startsAt > moment.at) {
      note(moment, window.startsAt)
      return -1
    }
    if (window.expiresAt === undefined) return i
    if (window.expiresAt > moment.at) {
      note(moment, window.expiresAt)
      return i
    }
  }
  return -1
}

/** The first flip as a field of a decision; none when time never changes it. */
export function untilOf({ until }: Moment): { readonly until: Instant } | undefined {
  return until === Number.POSITIVE_INFINITY ? undefined : { until }
}
