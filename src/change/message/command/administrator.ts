import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Agent } from '../../../model/value/principal.ts'
import { type Envelope, message } from '../envelope.ts'

/** Makes a user or a virtual account an administrator, who may manage everything. */
export const AddAdministrator = message('AddAdministrator', {
  /** The new administrator: an existing user or virtual account. */
  administrator: Agent,
})
export interface AddAdministrator extends Envelope, Immutable<z.infer<typeof AddAdministrator>> {}

/** Removes an administrator. Only `system` may remove the last administrator who can act. */
export const RemoveAdministrator = message('RemoveAdministrator', {
  /** The administrator to remove. The user or virtual account itself stays. */
  administrator: Agent,
})
export interface RemoveAdministrator extends Envelope, Immutable<z.infer<typeof RemoveAdministrator>> {}
