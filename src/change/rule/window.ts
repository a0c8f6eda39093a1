import type { Instant } from '../../model/value/instant.ts'
import { isForward, type Window, type Windows } from '../../model/value/window.ts'
import { type Rejection, rejection } from '../message/rejection.ts'

/** Makes the window from `startsAt` to `expiresAt` of a command. An `undefined` bound is omitted from the window. */
export function windowBetween(ends: Window): Window {
  const { startsAt, expiresAt } = ends
  return {
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** Whether a window has ended by an instant. */
export function isOver({ expiresAt }: Window, at: Instant): boolean {
  return expiresAt !== undefined && expiresAt <= at
}

/** Whether at least one of the windows ends after the instant `at`, or has no end. */
export function isAnyOpen(windows: Windows, at: Instant): boolean {
  return windows.some((window) => !isOver(window, at))
}

/** Refuses a window that ends before it starts, or that has ended by the command's instant. */
export function refuseWindow(ends: Window, at: Instant): Rejection | undefined {
  const window = windowBetween(ends)
  if (!isForward(window)) {
    const message = 'the window ends before it starts, expected `expiresAt` after `startsAt`'
    return rejection('window_invalid', ['expiresAt'], message, { window })
  }
  return refusePast(window.expiresAt, at, ['expiresAt'])
}

/** Refuses an instant, such as an expiry, that is not later than the command's instant `at`. */
export function refusePast(
  end: Instant | null | undefined,
  at: Instant,
  path: Rejection['path'],
): Rejection | undefined {
  if (end === undefined || end === null || end > at) return undefined
  const message = `\`${path.at(-1)}\` is over already, expected an instant after that of the change`
  return rejection('window_invalid', path, message, { window: { expiresAt: end } })
}
