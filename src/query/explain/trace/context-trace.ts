import type { Holder } from '../../../model/value/principal.ts'
import { holderOf } from '../../../policy/context/context.ts'
import type { Payer, Reach, Route } from '../../../policy/decision/decision.ts'
import { payerOf } from '../../../policy/pay.ts'
import type { Outcome } from '../../../policy/route/evaluate.ts'
import { targetsOfPath } from '../../../policy/route/reach.ts'
import type { DecisionTrace, EvaluatedContext } from './decision-trace.ts'
import type { ContextOutcome } from './fact.ts'

/**
 * One context of the caller: a payer and the holders whose access counts, with the request's outcome in the context.
 */
export interface ContextTrace {
  /** The holders whose groups and roles count. The payer is last. */
  readonly holders: readonly Holder[]
  /**
   * The holders whose restrictions apply to the call, in addition to restrictions on the organization and on everyone.
   * The payer is last.
   */
  readonly restricted: readonly Holder[]
  readonly payer: Payer
  readonly organization?: string
  /**
   * `routes` if a route remains, or else the step that removed the last route. `notReached` if the request was denied
   * before any context was evaluated.
   */
  readonly outcome: ContextOutcome | 'notReached'
  /** The routes that remain in this context. Empty unless the outcome is `routes`. */
  readonly routes: readonly Route[]
  /** The restrictions that deny the request in this context. Empty unless the outcome is `model_restricted`. */
  readonly restrictions: readonly string[]
  /**
   * Whether the decision takes its routes and payer, or its denial reason, from this context. Several contexts are
   * chosen if their calls are free, or if the user must name the team that pays.
   */
  readonly isChosen: boolean
}

/** One path (a grant that leads to the model), with the index of its context. */
export interface PathTrace {
  readonly path: Reach
  readonly context: number
  /** The routes that this path alone grants, before restrictions, scope and availability. */
  readonly routes: readonly Route[]
}

/** The contexts of a request, in the order in which `authorize` evaluates them. */
export function contextTracesOf({ contexts }: DecisionTrace): readonly ContextTrace[] {
  return contexts.map(contextTraceOf)
}

function contextTraceOf({ context, outcome, isChosen }: EvaluatedContext): ContextTrace {
  const { organization } = context
  return {
    holders: context.holders.map(holderOf),
    restricted: context.restricted.map(holderOf),
    payer: payerOf(context.payer),
    ...(organization === undefined ? {} : { organization: organization.id }),
    outcome: outcome === undefined ? 'notReached' : outcomeCodeOf(outcome),
    routes: outcome?.ok === true ? outcome.routes : [],
    restrictions: outcome?.ok === false ? outcome.restrictions : [],
    isChosen,
  }
}

/** Returns the code of an outcome: `routes` if a route remains, or else the step that removed the last route. */
export function outcomeCodeOf(outcome: Outcome): ContextOutcome {
  return outcome.ok ? 'routes' : outcome.reason
}

/** The maximum number of paths in an explanation, over all contexts. */
const pathLimit = 1_000

/**
 * Returns the paths (grants) that lead to the requested name in any context. Includes paths that a restriction or the
 * credential's scope overrides.
 */
export function pathTracesOf({ contexts, resolved, state }: DecisionTrace): readonly PathTrace[] {
  const paths: PathTrace[] = []
  for (const [context, { reach }] of contexts.entries()) {
    for (const path of reach.slice(0, pathLimit - paths.length)) {
      paths.push({ path, context, routes: resolved === undefined ? [] : targetsOfPath(path, resolved, state) })
    }
    if (paths.length === pathLimit) break
  }
  return paths
}
