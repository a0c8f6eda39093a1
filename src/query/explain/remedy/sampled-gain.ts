import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow } from '../../../model/table/table.ts'
import { type Holder, isSamePrincipal, type Principal } from '../../../model/value/principal.ts'
import type { Request } from '../../../policy/request/request.ts'
import { namesOfGroup, namesOn } from '../../name.ts'
import { whoCanUsePage } from '../../who/who-can-use.ts'
import { principalOf } from '../trace/decision-trace.ts'
import { wouldHaveAccess } from '../trace/what-if.ts'

/**
 * The maximum number of samples, and of team members, per command. Also the maximum number of principals that are
 * sampled for the requested name.
 */
const sampleLimit = 500

/** A principal, and a model name that the principal may gain. */
type Sample = readonly [who: Principal, model: string]

/**
 * Counts a sample of the access that a broad remedy grants, never more than the remedy grants. Yields one count per
 * command: how many names the principals of the command gain. Then yields one count for the requested name: how many
 * principals gain the name.
 */
export function* sampledGains(
  commands: readonly Command[],
  request: Request,
  before: State,
  after: State,
): IterableIterator<number> {
  const requested = request.type === 'use' ? request.model : undefined
  const has = (state: State): ((sample: Sample) => boolean) => {
    return ([who, model]) => wouldHaveAccess({ type: 'use', who, model, at: request.at }, {}, state)
  }
  // One state after the other: the caches of a row are valid for one state.
  const gainsOf = (samples: readonly Sample[]): number => {
    const had = has(before)
    return samples.filter(has(after)).filter((sample) => !had(sample)).length
  }
  for (const command of commands) {
    yield gainsOf([...first(sampleLimit, grantedBy(command, after))].filter(([, name]) => name !== requested))
  }
  if (requested === undefined) return
  const caller = principalOf(request.who, after)
  const page = whoCanUsePage({ type: 'model', name: requested }, after, { at: request.at, limit: sampleLimit })
  const others = (page.ok ? page.principals : []).filter(
    ({ principal }) => caller === undefined || !isSamePrincipal(principal, caller),
  )
  yield gainsOf(others.map(({ principal }): Sample => [principal, requested]))
}

/**
 * Yields the samples of a command: each principal that gets a group or role, paired with each name that the command may
 * grant. For a team, the members of the team are included.
 */
function* grantedBy(command: Command, state: State): IterableIterator<Sample> {
  if (command.type !== 'AssignAccessGroup' && command.type !== 'GrantRole') return
  const { principal } = command
  const subjects = [...first(sampleLimit, subjectsOf(principal, state))]
  const names =
    command.type === 'AssignAccessGroup'
      ? namesOfGroup(getRow(state.accessGroups, command.accessGroup), state)
      : namesOn(getRow(state.providerAccounts, command.providerAccount), state)
  for (const name of names) for (const subject of subjects) yield [subject, name]
}

/**
 * Yields the principals that may gain access when a holder gets a group or role. For a team, the members are included;
 * for an organization, its teams, members and virtual accounts.
 */
function* subjectsOf(holder: Holder, state: State): IterableIterator<Principal> {
  const { organizationTeams, organizationVirtualAccounts, teamMembers } = state.index
  if (holder.type === 'member') yield { type: 'user', id: holder.user }
  else if (holder.type === 'organization') {
    for (const id of related(organizationVirtualAccounts, holder.id)) yield { type: 'virtualAccount', id }
    for (const id of related(organizationTeams, holder.id)) yield* subjectsOf({ type: 'team', id }, state)
  } else yield holder
  if (holder.type === 'team') for (const id of related(teamMembers, holder.id)) yield { type: 'user', id }
}

function* first<T>(count: number, all: Iterable<T>): IterableIterator<T> {
  let taken = 0
  for (const one of all) {
    if (taken === count) return
    taken += 1
    yield one
  }
}
