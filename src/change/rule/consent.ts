import type { Holdings } from '../../model/noun/holding.ts'
import type { Team } from '../../model/noun/team.ts'
import { membershipIn, type User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import { quote } from '../../model/value/quote.ts'
import type { Envelope } from '../message/envelope.ts'
import { type Rejection, rejection } from '../message/rejection.ts'
import { findBounded } from './actor.ts'
import type { Place } from './place.ts'
import { isAnyOpen } from './window.ts'

/**
 * Refuses to add a user to a team without the user's consent. `system`, administrators and the user itself need no
 * consent. A user in one team of an organization consents to the other teams of the organization, but not to another
 * payer for its calls. The rejection is the same whether or not the user exists.
 */
export function refuseWithoutConsent(command: Envelope & Place, state: State): Rejection | undefined {
  const { at, actor, user, team } = command
  if (findBounded(actor, state) === undefined || (actor.type === 'user' && actor.id === user)) return undefined
  const row = findRow(state.users, user)
  const joined = findRow(state.teams, team)
  const isConsenting = joined !== undefined && row !== undefined && isInOrganization(row, joined.organization, state)
  if (isConsenting && !mayChangePayer(row, joined, at, state)) return undefined
  const message = `user ${quote(user)} has to accept first, invite it to the team`
  return rejection('consent_required', ['user'], message, { reference: { type: 'user', id: user } })
}

function isInOrganization({ teams }: User, organization: string, state: State): boolean {
  return teams.some(({ team }) => findRow(state.teams, team)?.organization === organization)
}

/**
 * Whether joining a team could change who pays for a user's calls. Either calls that a wallet pays for would become
 * free, or the team's wallet would pay instead of the user's. Conservative: compares the groups and roles that the user
 * and the team have now or later, not the models that these open. Groups within a listed entitlement do not count for
 * an unmetered team, since administrators left the team unmetered.
 */
function mayChangePayer(user: User, team: Team, at: Instant, state: State): boolean {
  if (membershipIn(user.teams, team.id) !== undefined) return false
  const paysItself = user.metered && holdsAny(user, at)
  if (team.metered) return paysItself
  const isPaid = paysItself || user.teams.some((membership) => findRow(state.teams, membership.team)?.metered === true)
  return isPaid && reachesBeyondList(team, at, state)
}

function holdsAny({ accessGroups, roleGrants }: Holdings, at: Instant): boolean {
  return [...accessGroups, ...roleGrants].some(({ windows }) => isAnyOpen(windows, at))
}

/**
 * Whether a team has a role, or a group of its own or of its organization that no entitlement list limits. Ignores windows
 * that have ended.
 */
function reachesBeyondList(team: Team, at: Instant, state: State): boolean {
  if (team.roleGrants.some(({ windows }) => isAnyOpen(windows, at))) return true
  const organization = findRow(state.organizations, team.organization)
  if (organization?.entitlement.type === 'list') return false
  const planned = team.plan === undefined ? [] : (findRow(state.plans, team.plan)?.accessGroups ?? [])
  const held = [...team.accessGroups, ...(organization?.accessGroups ?? [])]
  return planned.length > 0 || held.some(({ windows }) => isAnyOpen(windows, at))
}
