import type { Instant } from '../../model/value/instant.ts'
import { isForward, type Window } from '../../model/value/window.ts'
import { type Rejection, rejection } from '../message/rejection.ts'

/** The window between two ends that may be missing. */
export function windowBetween(ends: Window): Window {
  const { startsAt, expiresAt } = ends
  return {
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** Refuses a window that ends before it starts, or is over when the command is given. */
export function refuseWindow(ends: Window, at: Instant): Rejection | undefined {
  const window = windowBetween(ends)
  if (!isForward(window)) {
    const message = 'the window ends before it starts, expected `expiresAt` after `startsAt`'
    return rejection('window_invalid', ['expiresAt'], message, { window })
  }
  return refusePast(window.expiresAt, at, ['expiresAt'])
}

/** Refuses an end that is not after the command's own instant. */
export function refusePast(
  end: Instant | null | undefined,
  at: Instant,
  path: Rejection['path'],
): Rejection | undefined {
  if (end === undefined || end === null || end > at) return undefined
  const message = `\`${path.at(-1)}\` is over already, expected an instant after the command's \`at\``
  return rejection('window_invalid', path, message, { window: { expiresAt: end } })
}
