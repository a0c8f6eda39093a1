import type { Immutable } from 'immer'
import * as z from 'zod'
import { Authority } from '../value/authority.ts'
import { cacheByIdentity } from '../value/cache-by-identity.ts'
import { Id, Label } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { Incarnation, Status } from '../value/status.ts'
import { Assignment, assignmentLimit, type Holdings, holdings } from './holding.ts'

/** The role of a user in a team. A manager manages the team's members and virtual keys. */
export const TeamRole = z.enum(['manager', 'member'])
export type TeamRole = z.infer<typeof TeamRole>

/**
 * The membership of a user in one team. When the user calls on behalf of the team, the team pays, and the membership's
 * access groups count as far as the entitlement of the team's organization admits them.
 */
export const Membership = z.strictObject({
  team: Id,
  role: TeamRole,
  accessGroups: listOf(Assignment, assignmentLimit),
})
export interface Membership extends Immutable<z.infer<typeof Membership>> {}

/** The maximum number of teams that a user is in. A request that names no team evaluates every team of the user. */
export const membershipLimit = 1000

/** A person, in up to 1,000 teams. A metered user pays for the calls that no team pays for. */
export const User = z.strictObject({
  id: Id,
  name: Label.optional(),
  status: Status,
  suspendedBy: Authority.optional(),
  metered: z.boolean(),
  teams: listOf(Membership, membershipLimit, 'teams'),
  defaultTeam: Id.optional(),
  ...holdings,
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface User extends Holdings, Immutable<z.infer<typeof User>> {}

/** Returns the membership in a team, or `undefined`. Hashes a list of more than 16 memberships once. */
export function membershipIn(teams: readonly Membership[], team: string): Membership | undefined {
  if (teams.length > 16) return membershipsByTeam(teams).get(team)
  for (let i = 0; i < teams.length; i += 1) if (teams[i]?.team === team) return teams[i]
  return undefined
}

const membershipsByTeam = /* @__PURE__ */ cacheByIdentity(
  (teams: readonly Membership[]): ReadonlyMap<string, Membership> => new Map(teams.map((one) => [one.team, one])),
)
