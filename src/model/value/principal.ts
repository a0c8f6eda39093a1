import { z } from 'zod'
import { Id } from './id.ts'

const user = z.strictObject({ type: z.literal('user'), id: Id })
const team = z.strictObject({ type: z.literal('team'), id: Id })
const virtualAccount = z.strictObject({ type: z.literal('virtualAccount'), id: Id })

/** Who can hold access: a user, a team or a virtual account. */
export const Principal = z.discriminatedUnion('type', [user, team, virtualAccount])
export type Principal = Readonly<z.infer<typeof Principal>>
export type PrincipalType = Principal['type']

/** A principal that acts in person: a user or a virtual account. A team key is shared by programs and never an actor. */
export const Agent = z.discriminatedUnion('type', [user, virtualAccount])
export type Agent = Readonly<z.infer<typeof Agent>>

/** Who issues a command. `system` is the host's own trusted code. */
export const Actor = z.discriminatedUnion('type', [z.strictObject({ type: z.literal('system') }), user, virtualAccount])
export type Actor = Readonly<z.infer<typeof Actor>>

/** Whether two references name the same principal. */
export function isSamePrincipal(a: { type: string; id: string }, b: { type: string; id: string }): boolean {
  return a.type === b.type && a.id === b.id
}
