import type { Command } from '../change/command.ts'
import { isSamePrincipal, type Principal } from '../model/principal.ts'
import { related } from '../model/relation.ts'
import type { State } from '../model/state.ts'
import { get } from '../model/table.ts'
import type { Request } from '../policy/request.ts'
import { principalOf } from './explain-inquiry.ts'
import { wouldGive } from './explain-trial.ts'
import { aliasesOf, namesOn } from './name.ts'
import { whoCanUsePage } from './who-can-use.ts'

/** The most names, and the most principals, that are looked at. */
const probeLimit = 500

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
  const isGain = (who: Principal, model: string): boolean => {
    const question = { type: 'use', who, model, at: request.at } as const
    return wouldGive(question, {}, after) && !wouldGive(question, {}, before)
  }
  for (const command of commands) {
    for (const [principal, name] of first(probeLimit, givenBy(command, after))) {
      yield name !== asked && isGain(principal, name) ? 1 : 0
    }
  }
  if (asked === undefined) return
  const caller = principalOf(request.who, after)
  const page = whoCanUsePage({ type: 'model', name: asked }, after, { at: request.at, limit: probeLimit })
  for (const { principal } of page.ok ? page.principals : []) {
    const isCaller = caller !== undefined && isSamePrincipal(principal, caller)
    yield !isCaller && isGain(principal, asked) ? 1 : 0
  }
}

/** Whom a command gives something, the members of a team included, and each name that it may give. */
function* givenBy(command: Command, state: State): IterableIterator<readonly [who: Principal, name: string]> {
  if (command.type !== 'AssignAccessGroup' && command.type !== 'GrantRole') return
  const { principal } = command
  const members =
    principal.type === 'team' ? [...first(probeLimit, related(state.index.teamMembers, principal.id))] : []
  const subjects = [principal, ...members.map((id) => ({ type: 'user', id }) as const)]
  const names =
    command.type === 'AssignAccessGroup'
      ? aliasesOf(get(state.accessGroups, command.accessGroup), state)
      : namesOn(get(state.providerAccounts, command.providerAccount), state)
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
