import { z } from 'zod'

/** Whether a thing is in use. What is suspended gives nothing and keeps everything. */
export const Status = z.enum(['active', 'suspended'])
export type Status = z.infer<typeof Status>

/** The version of the state that made a thing. Deleted and made again is a new incarnation. */
export const Incarnation = z.int().min(0)
