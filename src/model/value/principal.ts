import { z } from 'zod'
import { Id } from './id.ts'

const user = z.strictObject({ type: z.literal('user'), id: Id })
const team = z.strictObject({ type: z.literal('team'), id: Id })
const virtualAccount = z.strictObject({ type: z.literal('virtualAccount'), id: Id })

interface UserId {
  /** A user. */
  readonly type: 'user'
  /** The user's id. */
  readonly id: Id
}
interface TeamId {
  /** A team. */
  readonly type: 'team'
  /** The team's id. */
  readonly id: Id
}
interface VirtualAccountId {
  /** A virtual account. */
  readonly type: 'virtualAccount'
  /** The virtual account's id. */
  readonly id: Id
}

/**
 * A reference to a principal by type and id. Principals are users, teams and virtual accounts, which hold access to
 * models.
 */
export const Principal: z.ZodType<Principal> = z.discriminatedUnion('type', [user, team, virtualAccount])
export type Principal = UserId | TeamId | VirtualAccountId
export type PrincipalType = Principal['type']

/**
 * A principal that can manage things: a user or a virtual account. A team is never an agent, since programs share a
 * team key.
 */
export const Agent: z.ZodType<Agent> = z.discriminatedUnion('type', [user, virtualAccount])
export type Agent = UserId | VirtualAccountId

/** The issuer of a command: an agent, or `system`, which stands for the host's own trusted code. */
export const Actor: z.ZodType<Actor> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('system') }),
  user,
  virtualAccount,
])
export type Actor = { readonly type: 'system' } | UserId | VirtualAccountId

/** Whether two references name the same principal. */
export function isSamePrincipal(a: { type: string; id: string }, b: { type: string; id: string }): boolean {
  return a.type === b.type && a.id === b.id
}
