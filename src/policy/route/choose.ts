import type { Target } from '../../model/noun/model-alias.ts'
import type { Membership, User } from '../../model/noun/user.ts'
import type { State } from '../../model/state/state.ts'
import { isSameHolder } from '../../model/value/principal.ts'
import { type Context, contextOfUser, findCandidate } from '../context/context.ts'
import type { Reach } from '../decision/decision.ts'
import { contextReasons, type EvaluationInput, evaluateContext, failed, type Outcome } from './evaluate.ts'

/**
 * The result of choosing the context of a call. `one`: a single context. `united`: all unmetered contexts, merged.
 * `ambiguous`: several metered teams could pay, and the user must name one of these teams.
 */
export type Choice =
  | { readonly type: 'one'; readonly outcome: Outcome }
  | ({ readonly type: 'united'; readonly user: User; readonly outcomes: readonly Yielding[] } & United)
  | {
      readonly type: 'ambiguous'
      /** The first ten teams that could pay, sorted. */
      readonly teams: readonly string[]
      readonly outcomes: readonly Yielding[]
    }

type Yielding = Outcome & { readonly ok: true }

/** The merged routes and the merged access paths of several contexts. */
export interface United {
  readonly routes: readonly Target[]
  readonly reach: readonly Reach[]
}

/** The maximum number of teams that an ambiguous choice lists. */
const teamLimit = 10

/**
 * Chooses the context of a user's call that names no team. Tries in this order and takes the first that yields a route:
 * the default team; all unmetered contexts, united; the metered team, if exactly one yields a route; the user's own
 * wallet. If several metered teams yield a route, the choice is `ambiguous`. If nothing yields a route, returns the
 * outcome of the context that passed the most steps.
 */
export function chooseContext(user: User, input: EvaluationInput): Choice {
  const byDefault = user.defaultTeam === undefined ? undefined : findCandidate(user, user.defaultTeam, input.state)
  const first = byDefault && evaluateContext(byDefault, input)
  if (first?.ok) return { type: 'one', outcome: first }
  const [unmetered, metered] = contextsByPayer(user, input.state)
  const free = unmetered.map((context) => evaluateContext(context, input))
  const outcomes = free.filter((outcome) => outcome.ok)
  if (outcomes.length > 0) {
    const { routes, reach } = unite(outcomes, input)
    return { type: 'united', user, routes, reach, outcomes }
  }
  const paid = metered.map((context) => evaluateContext(context, input))
  const yielding = paid.filter((outcome) => outcome.ok).filter(({ context }) => context.payer.type === 'team')
  if (yielding.length > 1) {
    return { type: 'ambiguous', teams: yielding.map(teamOf).sort().slice(0, teamLimit), outcomes: yielding }
  }
  const only = yielding[0] ?? paid.find((outcome) => outcome.ok)
  if (only) return { type: 'one', outcome: only }
  // Among contexts that all lack a grant, the user's own is reported rather than its first team's.
  const alone = failed(contextOfUser(user, input.state), 'model_not_granted')
  return { type: 'one', outcome: furthestOf([...(first ? [first] : []), alone, ...free, ...paid]) }
}

const teamOf = ({ context }: Outcome): string => context.payer.row.id

/**
 * Returns the contexts of a user that names no team, in two lists: those with an unmetered payer, and those with a
 * metered payer. The user's own context comes first in the unmetered list or last in the metered list.
 */
export function contextsByPayer(user: User, state: State): readonly [unmetered: Context[], metered: Context[]] {
  const split: [Context[], Context[]] = [[], []]
  if (!user.metered) split[0].push(contextOfUser(user, state))
  const { teams } = user
  for (let i = 0; i < teams.length; i += 1) {
    const membership = teams[i] as Membership
    const context = findCandidate(user, membership.team, state, membership)
    if (context !== undefined) split[context.payer.row.metered ? 1 : 0].push(context)
  }
  if (user.metered) split[1].push(contextOfUser(user, state))
  return split
}

/** Merges the routes and access paths of several outcomes. Routes are in the order of the model's targets. */
export function unite(outcomes: readonly Yielding[], { resolved }: EvaluationInput): United {
  const [only] = outcomes
  if (outcomes.length === 1 && only) return { routes: only.routes, reach: only.reach }
  return {
    routes: routesOfAny(outcomes, resolved.targets),
    reach: distinctPaths(outcomes.flatMap(({ reach }) => reach)),
  }
}

function routesOfAny(outcomes: readonly Yielding[], targets: readonly Target[]): readonly Target[] {
  for (const { routes } of outcomes) if (routes.length === targets.length) return routes
  const routes = new Set(outcomes.flatMap((outcome) => outcome.routes))
  return targets.filter((target) => routes.has(target))
}

/** The number of paths up to which repeats are found by comparing pairs, which is faster than hashing. */
const pairLimit = 16

/** Returns the paths without repeats. */
function distinctPaths(paths: readonly Reach[]): readonly Reach[] {
  if (paths.length <= pairLimit) {
    return paths.filter((path, i) => paths.findIndex((known) => isSameReach(known, path)) === i)
  }
  const seen = new Set<string>()
  return paths.filter((path) => seen.size < seen.add(keyOfReach(path)).size)
}

/** Returns a string that is the same for the paths that `isSameReach` finds equal. */
function keyOfReach(path: Reach): string {
  const { type, principal, until } = path
  const holder = principal.type === 'member' ? [principal.team, principal.user] : [principal.id]
  const grant = path.type === 'role' ? [path.role, path.providerAccount] : [path.accessGroup, path.plan]
  return JSON.stringify([type, principal.type, holder, until, grant])
}

function isSameReach(a: Reach, b: Reach): boolean {
  if (a.until !== b.until || !isSameHolder(a.principal, b.principal)) return false
  if (a.type === 'role') return b.type === 'role' && a.role === b.role && a.providerAccount === b.providerAccount
  return b.type === 'accessGroup' && a.accessGroup === b.accessGroup && a.plan === b.plan
}

/**
 * Returns the outcome of the context that passed the most steps of `evaluateContext`. On a tie, returns the first such
 * outcome.
 */
function furthestOf(outcomes: readonly Outcome[]): Outcome {
  return outcomes.reduce((best, outcome) => (rankOf(outcome) > rankOf(best) ? outcome : best))
}

function rankOf(outcome: Outcome): number {
  return outcome.ok ? contextReasons.length : contextReasons.indexOf(outcome.reason)
}
