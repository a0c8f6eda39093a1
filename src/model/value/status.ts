import { z } from 'zod'

/** The status of a row. A suspended row gives no access and keeps all of its data. */
export const Status = z.enum(['active', 'suspended'])
export type Status = z.infer<typeof Status>

/** The version of the state that created a row. A row deleted and created again has another incarnation. */
export const Incarnation = z.int().min(0)
