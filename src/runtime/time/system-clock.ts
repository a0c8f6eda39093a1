import type { Clock } from '../../port/clock.ts'

/** The system clock. */
export const systemClock: Clock = Object.freeze({ now: () => Date.now() })
