import * as z from 'zod'

/** The status of a row. A suspended row gives no access, keeps all of its data, and has `suspendedBy`. */
export const Status = z.enum(['active', 'suspended'])
export type Status = z.infer<typeof Status>

/**
 * Distinguishes a row from earlier rows with the same id. The value is the version of the first state that contains the
 * row. A row that is deleted and created again gets a new incarnation.
 */
export const Incarnation = z.int().min(0)
