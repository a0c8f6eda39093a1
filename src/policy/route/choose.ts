import type { Target } from '../../model/noun/model-alias.ts'
import type { User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { type Context, contextOfUser, findCandidate } from '../context/context.ts'
import type { Reach } from '../decision/decision.ts'
import { contextReasons, type EvaluationInput, evaluateContext, failed, type Outcome } from './evaluate.ts'

/**
 * The context chosen for a call. `one`: a single context. `united`: all unmetered contexts, merged. `ambiguous`:
 * several metered teams, of which the user must name one.
 */
export type Choice =
  | { readonly type: 'one'; readonly outcome: Outcome }
  | ({ readonly type: 'united'; readonly user: User } & United)
  | { readonly type: 'ambiguous'; readonly teams: readonly string[]; readonly outcomes: readonly Outcome[] }

/** The routes of several contexts, merged into one list, and the paths of these contexts, merged into another list. */
export interface United {
  readonly routes: readonly Target[]
  readonly reach: readonly Reach[]
}

/**
 * Chooses the context of a user's call that names no team. Takes the first of the following that yields a route: the
 * default team; all unmetered contexts, merged; the user's own wallet; the metered teams, which are ambiguous if
 * several yield routes. If nothing yields a route, returns the outcome of the context that passed the most steps.
 */
export function chooseContext(user: User, input: EvaluationInput): Choice {
  const byDefault = user.defaultTeam === undefined ? undefined : findCandidate(user, user.defaultTeam, input.state)
  const first = byDefault && evaluateContext(byDefault, input)
  if (first?.ok) return { type: 'one', outcome: first }
  const [unmetered, metered] = contextsByPayer(user, input.state)
  const free = unmetered.map((context) => evaluateContext(context, input))
  if (free.some((outcome) => outcome.ok)) {
    const { routes, reach } = unite(free, input)
    return { type: 'united', user, routes, reach }
  }
  const paid = metered.map((context) => evaluateContext(context, input))
  const [own, ...teams] = user.metered ? paid : [undefined, ...paid]
  if (own?.ok) return { type: 'one', outcome: own }
  const yielding = teams.filter((outcome) => outcome?.ok === true)
  const [only] = yielding
  if (yielding.length > 1) return { type: 'ambiguous', teams: yielding.map(teamOf).sort(), outcomes: yielding }
  if (only) return { type: 'one', outcome: only }
  // Among contexts that all lack a grant, the user's own is reported rather than its first team's.
  const alone = failed(contextOfUser(user, input.state), 'model_not_granted')
  return { type: 'one', outcome: furthestOf([...(first ? [first] : []), alone, ...free, ...paid]) }
}

const teamOf = (outcome: Outcome | undefined): string => outcome?.context.payer.row.id ?? ''

/**
 * The contexts of a user whose request names no team, split into two lists by whether the payer is metered. The user's
 * own context is the first element of one of the lists.
 */
export function contextsByPayer(user: User, state: State): readonly [unmetered: Context[], metered: Context[]] {
  const split: [Context[], Context[]] = [[], []]
  split[user.metered ? 1 : 0].push(contextOfUser(user, state))
  for (const { team } of user.teams) {
    const context = findCandidate(user, team, state)
    if (context !== undefined) split[context.payer.row.metered ? 1 : 0].push(context)
  }
  return split
}

/**
 * The merged routes and paths of several outcomes. Routes are in the order of the model's targets, and no path occurs
 * twice.
 */
export function unite(outcomes: readonly Outcome[], { resolved }: EvaluationInput): United {
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

/** The outcome of the context that passed the most steps. On a tie, the first such outcome. */
function furthestOf(outcomes: readonly Outcome[]): Outcome {
  const rank = (outcome: Outcome): number =>
    outcome.ok ? contextReasons.length : contextReasons.indexOf(outcome.reason)
  return outcomes.reduce((best, outcome) => (rank(outcome) > rank(best) ? outcome : best))
}
