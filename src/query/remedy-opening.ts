import { isSamePrincipal, type Principal } from '../model/principal.ts'
import type { State } from '../model/state.ts'
import type { Request } from '../policy/request.ts'
import type { Subject, SubjectChange } from './diff-change.ts'
import { eachChange } from './diff-each.ts'
import { credentialOf, principalOf } from './explain-inquiry.ts'
import type { Opening } from './remedy.ts'

/** The most gains that are counted, and the most changes that are looked at for them. */
const gainLimit = 1_000
const changeLimit = 10_000

/**
 * How much the way from one state to another opens beside what was asked: each model, or more routes to one, that a
 * subject gains is one. Stops at a thousand.
 */
export function openingOf(request: Request, before: State, after: State): Opening {
  if (before === after) return { count: 0, isAtLeast: false }
  const isAsked = askedBy(request, after)
  let [gains, changes] = [0, 0]
  for (const one of eachChange(before, after, request.at)) {
    changes += 1
    if (isGain(one) && !isAsked(one)) gains += 1
    if (gains > gainLimit) return { count: gainLimit, isAtLeast: true }
    if (changes === changeLimit) return { count: gains, isAtLeast: true }
  }
  return { count: gains, isAtLeast: false }
}

const isGain = ({ change }: SubjectChange): boolean => change.effect !== 'kept' && change.gained.length > 0

/** Whether a change is the caller's own, of the very name that it asked for, in whatever team's name. */
function askedBy(request: Request, state: State): (change: SubjectChange) => boolean {
  if (request.type === 'manage') return () => false
  const principal = principalOf(request.who, state)
  const credential = credentialOf(request.who, state)
  const isCaller = (subject: Subject): boolean =>
    subject.type === 'credential'
      ? subject.id === credential?.id
      : principal !== undefined && isSamePrincipal(subject as Principal, principal)
  return ({ subject, change }) =>
    isCaller(subject) && change.model.type !== 'openAccount' && change.model.name === request.model
}
