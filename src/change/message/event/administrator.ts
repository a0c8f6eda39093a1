import type { Immutable } from 'immer'
import type { z } from 'zod'
import { Agent } from '../../../model/value/principal.ts'
import { type Envelope, message } from '../envelope.ts'

/** A user or a virtual account became an administrator. */
export const AdministratorAdded = message('AdministratorAdded', { administrator: Agent })
export interface AdministratorAdded extends Envelope, Immutable<z.infer<typeof AdministratorAdded>> {}

/** An administrator was removed, by a command or because a later event deletes the user or virtual account. */
export const AdministratorRemoved = message('AdministratorRemoved', { administrator: Agent })
export interface AdministratorRemoved extends Envelope, Immutable<z.infer<typeof AdministratorRemoved>> {}
