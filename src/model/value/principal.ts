import * as z from 'zod'
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

/** A user, a team or a virtual account, by kind and id. */
export const Principal: z.ZodType<Principal> = z.discriminatedUnion('type', [user, team, virtualAccount])
export type Principal = UserId | TeamId | VirtualAccountId
export type PrincipalType = Principal['type']

interface MembershipId {
  /** A user's membership in a team. */
  readonly type: 'member'
  /** The id of the team. */
  readonly team: Id
  /** The id of the user. */
  readonly user: Id
}
interface OrganizationId {
  /** An organization. */
  readonly type: 'organization'
  /** The organization's id. */
  readonly id: Id
}

/**
 * A holder of access groups: a principal, a user's membership in a team, or an organization. The groups of a membership
 * count when the user calls on behalf of the team. The groups of an organization count for each of its teams and
 * virtual accounts.
 */
export const Holder: z.ZodType<Holder> = z.discriminatedUnion('type', [
  user,
  team,
  virtualAccount,
  z.strictObject({ type: z.literal('member'), team: Id, user: Id }),
  z.strictObject({ type: z.literal('organization'), id: Id }),
])
export type Holder = Principal | MembershipId | OrganizationId

/** A reference to a user's membership in a team. */
export type MembershipReference = MembershipId

/**
 * A principal that can manage things: a user or a virtual account. A team is never an agent, since several programs
 * share a team's key.
 */
export const Agent: z.ZodType<Agent> = z.discriminatedUnion('type', [user, virtualAccount])
export type Agent = UserId | VirtualAccountId

interface TeamActor extends UserId {
  /**
   * The team of the token with which the user acts. The user then has only the powers that it has through this team.
   */
  readonly team?: Id | undefined
}

/**
 * A user or virtual account that issues a command or a manage request. A user that acts with a token for a team has a
 * `team`.
 */
export type ActingAgent = TeamActor | VirtualAccountId

/** The issuer of a command: an agent, or `system`, which stands for the host's own trusted code. */
export const Actor: z.ZodType<Actor> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('system') }),
  z.strictObject({ type: z.literal('user'), id: Id, team: Id.optional() }),
  virtualAccount,
])
export type Actor = { readonly type: 'system' } | ActingAgent

/** Whether two references name the same holder. */
export function isSameHolder(a: Holder, b: Holder): boolean {
  if (a.type === 'member') return b.type === 'member' && a.team === b.team && a.user === b.user
  return b.type !== 'member' && isSamePrincipal(a, b)
}

/** Whether a holder is a principal (user, team or virtual account), and not a membership or an organization. */
export function isPrincipal(holder: Holder): holder is Principal {
  return holder.type !== 'member' && holder.type !== 'organization'
}

/** Whether two references name the same principal. */
export function isSamePrincipal(a: { type: string; id: string }, b: { type: string; id: string }): boolean {
  return a.type === b.type && a.id === b.id
}
