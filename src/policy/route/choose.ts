import type { Target } from '../../model/noun/model-alias.ts'
import type { User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { type Context, contextOfUser, findCandidate } from '../context/context.ts'
import type { Reach } from '../decision/decision.ts'
import { evaluate, failed, type Outcome, type Question, steps } from './evaluate.ts'

/** What a user's call without a team comes to: one outcome, united ones in which nobody pays, or teams to choose from. */
export type Choice =
  | { readonly type: 'one'; readonly outcome: Outcome }
  | ({ readonly type: 'united'; readonly user: User } & United)
  | { readonly type: 'ambiguous'; readonly teams: readonly string[]; readonly outcomes: readonly Outcome[] }

/** What several contexts yield together. */
export interface United {
  readonly routes: readonly Target[]
  readonly reach: readonly Reach[]
}

/**
 * The first of these that yields a route: the default team; all contexts in which nobody pays, together; the user's own
 * purse; the one metered team that would. If none does, the context that came furthest tells why.
 */
export function chooseContext(user: User, question: Question): Choice {
  const byDefault = user.defaultTeam === undefined ? undefined : findCandidate(user, user.defaultTeam, question.state)
  const first = byDefault && evaluate(byDefault, question)
  if (first?.ok) return { type: 'one', outcome: first }
  const [unmetered, metered] = contextsByPayer(user, question.state)
  const free = unmetered.map((context) => evaluate(context, question))
  if (free.some((outcome) => outcome.ok)) {
    const { routes, reach } = unite(free, question)
    return { type: 'united', user, routes, reach }
  }
  const paid = metered.map((context) => evaluate(context, question))
  const [own, ...teams] = user.metered ? paid : [undefined, ...paid]
  if (own?.ok) return { type: 'one', outcome: own }
  const yielding = teams.filter((outcome) => outcome?.ok === true)
  const [only] = yielding
  if (yielding.length > 1) return { type: 'ambiguous', teams: yielding.map(teamOf).sort(), outcomes: yielding }
  if (only) return { type: 'one', outcome: only }
  // Where nothing is granted anywhere, it is the user that lacks it, not whichever team comes first.
  const alone = failed(contextOfUser(user, question.state), 'model_not_granted')
  return { type: 'one', outcome: furthestOf([...(first ? [first] : []), alone, ...free, ...paid]) }
}

const teamOf = (outcome: Outcome | undefined): string => outcome?.context.payer.row.id ?? ''

/** The contexts of a user without a named team, those in which nobody pays first. The user's own is first in its list. */
export function contextsByPayer(user: User, state: State): readonly [unmetered: Context[], metered: Context[]] {
  const split: [Context[], Context[]] = [[], []]
  split[user.metered ? 1 : 0].push(contextOfUser(user, state))
  for (const { team } of user.teams) {
    const context = findCandidate(user, team, state)
    if (context !== undefined) split[context.payer.row.metered ? 1 : 0].push(context)
  }
  return split
}

/** Several contexts as one: their routes in the order of the name's targets, their paths once each. */
export function unite(outcomes: readonly Outcome[], { resolved }: Question): United {
  const yielding = outcomes.filter((outcome) => outcome.ok)
  const [only] = yielding
  const routes =
    yielding.length === 1 && only
      ? only.routes
      : resolved.targets.filter((target) => yielding.some(({ routes }) => routes.includes(target)))
  const reach: Reach[] = []
  for (const outcome of yielding) {
    for (const path of outcome.reach) if (!reach.some((known) => isSameReach(known, path))) reach.push(path)
  }
  return { routes, reach }
}

function isSameReach(a: Reach, b: Reach): boolean {
  if (a.principal.type !== b.principal.type || a.principal.id !== b.principal.id || a.until !== b.until) return false
  if (a.type === 'role') return b.type === 'role' && a.role === b.role && a.providerAccount === b.providerAccount
  return b.type === 'accessGroup' && a.accessGroup === b.accessGroup && a.plan === b.plan
}

function furthestOf(outcomes: readonly Outcome[]): Outcome {
  const rank = (outcome: Outcome): number => (outcome.ok ? steps.length : steps.indexOf(outcome.step))
  return outcomes.reduce((best, outcome) => (rank(outcome) > rank(best) ? outcome : best))
}
