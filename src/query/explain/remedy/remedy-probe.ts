import type { Command } from '../../../change/message/command.ts'
import type { State } from '../../../model/state/state.ts'
import { related } from '../../../model/table/relation.ts'
import { getRow } from '../../../model/table/table.ts'
import { isSamePrincipal, type Principal } from '../../../model/value/principal.ts'
import type { Request } from '../../../policy/request/request.ts'
import { aliasesOf, namesOn } from '../../name.ts'
import { whoCanUsePage } from '../../who/who-can-use.ts'
import { principalOf } from '../trace/decision-trace.ts'
import { wouldGive } from '../trace/trial.ts'

/** The most names, and the most principals, that are looked at. */
const probeLimit = 500

/** A name that somebody may come to have. */
type Probe = readonly [who: Principal, model: string]

/**
 * Some of what a broad remedy opens, without comparing all of it: the names that the principals it gives something to come
 * to have, and the principals that come to have the name that was asked for. One for each; no more than there are.
 */
export function* probedGains(
  commands: readonly Command[],
  request: Request,
  before: State,
  after: State,
): IterableIterator<number> {
  const asked = request.type === 'use' ? request.model : undefined
  const has = (state: State): ((probe: Probe) => boolean) => {
    return ([who, model]) => wouldGive({ type: 'use', who, model, at: request.at }, {}, state)
  }
  // One state after the other: what is remembered of a row is remembered for one state.
  const gainsOf = (probes: readonly Probe[]): number => {
    const had = has(before)
    return probes.filter(has(after)).filter((probe) => !had(probe)).length
  }
  for (const command of commands) {
    yield gainsOf([...first(probeLimit, givenBy(command, after))].filter(([, name]) => name !== asked))
  }
  if (asked === undefined) return
  const caller = principalOf(request.who, after)
  const page = whoCanUsePage({ type: 'model', name: asked }, after, { at: request.at, limit: probeLimit })
  const others = (page.ok ? page.principals : []).filter(
    ({ principal }) => caller === undefined || !isSamePrincipal(principal, caller),
  )
  yield gainsOf(others.map(({ principal }): Probe => [principal, asked]))
}

/** Whom a command gives something, the members of a team included, and each name that it may give. */
function* givenBy(command: Command, state: State): IterableIterator<Probe> {
  if (command.type !== 'AssignAccessGroup' && command.type !== 'GrantRole') return
  const { principal } = command
  const members =
    principal.type === 'team' ? [...first(probeLimit, related(state.index.teamMembers, principal.id))] : []
  const subjects = [principal, ...members.map((id) => ({ type: 'user', id }) as const)]
  const names =
    command.type === 'AssignAccessGroup'
      ? aliasesOf(getRow(state.accessGroups, command.accessGroup), state)
      : namesOn(getRow(state.providerAccounts, command.providerAccount), state)
  for (const name of names) for (const subject of subjects) yield [subject, name]
}

function* first<T>(count: number, all: Iterable<T>): IterableIterator<T> {
  let taken = 0
  for (const one of all) {
    if (taken === count) return
    taken += 1
    yield one
  }
}
