import type { Immutable } from 'immer'
import { z } from 'zod'
import { Agent } from '../../../model/value/principal.ts'
import { envelope } from '../envelope.ts'

/** A user or a virtual account may do everything. */
export const AdministratorAdded = z.strictObject({
  type: z.literal('AdministratorAdded'),
  ...envelope,
  administrator: Agent,
})
export type AdministratorAdded = Immutable<z.infer<typeof AdministratorAdded>>

/** An administrator lost its power, or is about to be deleted. */
export const AdministratorRemoved = z.strictObject({
  type: z.literal('AdministratorRemoved'),
  ...envelope,
  administrator: Agent,
})
export type AdministratorRemoved = Immutable<z.infer<typeof AdministratorRemoved>>
