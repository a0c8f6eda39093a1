import * as z from 'zod'
import { Instant } from './instant.ts'
import { listOf } from './list.ts'

/** A half-open interval of time, `[startsAt, expiresAt)`. Both bounds are optional: `{}` is always in force. */
export const Window = z
  .strictObject({ startsAt: Instant.optional(), expiresAt: Instant.optional() })
  .refine((window) => isForward(window), {
    error: 'expected a window that ends after it starts',
    path: ['expiresAt'],
  })
export interface Window {
  /** The first instant of the window. Default: the window has no start. */
  readonly startsAt?: Instant | undefined
  /** The first instant after the window. Default: the window has no end. */
  readonly expiresAt?: Instant | undefined
}

/** The maximum number of windows of one assignment or role. */
export const windowLimit = 1000

/**
 * A list of 1 to 1,000 windows in time order that neither touch nor overlap. This is a normal form: each set of instants
 * has exactly one such list.
 */
export const Windows = listOf(Window, windowLimit, 'windows')
  .refine((windows) => windows.length > 0, { error: 'expected at least one window' })
  .refine(isNormal, { error: 'expected windows in time order that neither touch nor overlap' })
export type Windows = readonly Window[]

/** The window that is always in force. */
export const always: Window = Object.freeze({})

/** The windows of a permanent grant: one window that is always in force. */
export const forever: Windows = Object.freeze([always])

/** Whether windows are the one window that is always in force. */
export function isForever([window, ...rest]: Windows): boolean {
  if (window === undefined || rest.length > 0) return false
  return window.startsAt === undefined && window.expiresAt === undefined
}

const start = (window: Window): number => window.startsAt ?? Number.NEGATIVE_INFINITY
const end = (window: Window): number => window.expiresAt ?? Number.POSITIVE_INFINITY

/** Whether the window ends after it starts. */
export function isForward(window: Window): boolean {
  return start(window) < end(window)
}

export function isNormal(windows: Windows): boolean {
  return windows.every((window, i) => i === 0 || end(windows[i - 1] ?? always) < start(window))
}

/** Whether the window is in force at an instant. */
export function isWithin(window: Window, at: Instant): boolean {
  return start(window) <= at && at < end(window)
}

/** The window in force at an instant, or `undefined` if no window is in force. */
export function findWindow(windows: Windows, at: Instant): Window | undefined {
  for (const window of windows) if (isWithin(window, at)) return window
  return undefined
}

/**
 * Adds a window to a list of windows and returns the union in normal form. Returns `windows` itself if `added` adds
 * nothing.
 */
export function uniteWindow(windows: Windows, added: Window): Windows {
  const first = indexOfFirst(windows, (window) => start(added) <= end(window))
  const next = indexOfFirst(windows, (window) => end(added) < start(window))
  const [lowest, highest] = [windows[first] ?? added, windows[next - 1] ?? added]
  if (first === next - 1 && covers(lowest, added)) return windows
  const from = first < next ? Math.min(start(added), start(lowest)) : start(added)
  const to = first < next ? Math.max(end(added), end(highest)) : end(added)
  return [...windows.slice(0, first), windowOf(from, to), ...windows.slice(next)]
}

/** Returns the index of the first window with a property that all later windows have, too, by binary search. */
function indexOfFirst(windows: Windows, has: (window: Window) => boolean): number {
  let [low, high] = [0, windows.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (has(windows[middle] ?? always)) high = middle
    else low = middle + 1
  }
  return low
}

/** Returns the union of any windows in normal form. Costs n log n time. */
export function uniteWindows(windows: readonly Window[]): Windows {
  const united: Window[] = []
  for (const window of [...windows].sort((a, b) => (start(a) < start(b) ? -1 : 1))) {
    const last = united.at(-1)
    if (last === undefined || end(last) < start(window)) united.push(window)
    else if (end(last) < end(window)) united[united.length - 1] = windowOf(start(last), end(window))
  }
  return united
}

/** Whether the window `outer` contains every instant of the window `inner`. */
export function covers(outer: Window, inner: Window): boolean {
  return start(outer) <= start(inner) && end(inner) <= end(outer)
}

function windowOf(from: number, to: number): Window {
  return {
    ...(from === Number.NEGATIVE_INFINITY ? {} : { startsAt: from }),
    ...(to === Number.POSITIVE_INFINITY ? {} : { expiresAt: to }),
  }
}

/** Returns the `startsAt` and `expiresAt` of a window, without undefined fields. */
export function endsOf({ startsAt, expiresAt }: Window): Window {
  return {
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}
