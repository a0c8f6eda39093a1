import type { Immutable } from 'immer'
import { z } from 'zod'
import { Agent } from '../../../model/value/principal.ts'
import { envelope } from '../envelope.ts'

/** Lets a user or a virtual account do everything. */
export const AddAdministrator = z.strictObject({
  type: z.literal('AddAdministrator'),
  ...envelope,
  administrator: Agent,
})
export type AddAdministrator = Immutable<z.infer<typeof AddAdministrator>>

/** Takes an administrator's power. Only `system` takes the last one's. */
export const RemoveAdministrator = z.strictObject({
  type: z.literal('RemoveAdministrator'),
  ...envelope,
  administrator: Agent,
})
export type RemoveAdministrator = Immutable<z.infer<typeof RemoveAdministrator>>
