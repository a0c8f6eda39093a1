import { z } from 'zod'

/** The status of a row. A suspended row gives no access, keeps all of its data, and has `suspendedBy`. */
export const Status = z.enum(['active', 'suspended'])
export type Status = z.infer<typeof Status>

/** The version of the first state that has a row. A row that is deleted and created again gets another incarnation. */
export const Incarnation = z.int().min(0)
