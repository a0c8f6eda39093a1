import type { Immutable } from 'immer'
import * as z from 'zod'
import { isTimeZone, isTimeZoneName } from './time-zone.ts'

const error = 'expected a time zone, as in `Europe/Berlin` or `UTC`'

/**
 * A calendar period in a time zone. Each period starts at the first instant of a local day. The schema checks only the
 * form of the time zone, so that stored data stays readable on a runtime with older time zone data.
 */
export const Period = z
  .strictObject({
    every: z.enum(['day', 'week', 'month']),
    /** IANA time zone name, for example `Europe/Berlin` or `UTC`. */
    timeZone: z.string().refine(isTimeZoneName, { error }),
    /**
     * The day on which each period starts. For a week: the weekday, 1 (Monday) to 7. For a month: the day of the month,
     * 1 to 31; a shorter month starts on its last day. Not allowed with `every: 'day'`. Default: 1.
     */
    startsOn: z.int({ error: 'expected an integer' }).min(1).max(31).optional(),
  })
  .refine(({ every, startsOn }) => startsOn === undefined || every === 'month' || (every === 'week' && startsOn <= 7), {
    error: 'expected a day that the period has: 1 to 7 for a week, 1 to 31 for a month, none for a day',
    path: ['startsOn'],
  })
export interface Period extends Immutable<z.infer<typeof Period>> {}

/** The schema of a period that this runtime can compute: its time zone exists. */
export const KnownPeriod = Period.refine(({ timeZone }) => isTimeZone(timeZone), { error, path: ['timeZone'] })
