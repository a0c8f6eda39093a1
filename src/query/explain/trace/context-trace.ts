import type { Principal } from '../../../model/value/principal.ts'
import type { Payer, Reach, Route } from '../../../policy/decision/decision.ts'
import { payerOf } from '../../../policy/pay.ts'
import { reachedTargets } from '../../../policy/route/reach.ts'
import type { DecisionTrace, Tried } from './decision-trace.ts'
import type { ContextOutcome } from './fact.ts'

/** One context in which the caller could be answered, and what became of it. */
export interface ContextTrace {
  /** The principals whose reach counts together and whose restrictions bind together. */
  readonly members: readonly Principal[]
  readonly payer: Payer
  readonly organization?: string
  /** Routes, or the step that left none; `notReached` when the name itself is refused. */
  readonly outcome: ContextOutcome | 'notReached'
  /** The routes that stay; none unless the outcome is routes. */
  readonly routes: readonly Route[]
  /** What denies, where the outcome is a restriction. */
  readonly restrictions: readonly string[]
  /**
   * Whether the decision is this context's: its routes and its payer, or its reason. Several are where nobody pays, and
   * where a user has to say which team pays.
   */
  readonly isChosen: boolean
}

/** One path that leads to the model, and the context that has it, counted from 0. */
export interface PathTrace {
  readonly path: Reach
  readonly context: number
  /** The routes that the path alone leads to, before anything is taken away. */
  readonly routes: readonly Route[]
}

/** The contexts of a request, in the order in which they are tried. */
export function contextTracesOf({ tried }: DecisionTrace): readonly ContextTrace[] {
  return tried.map(storyOf)
}

function storyOf({ context, outcome, isChosen }: Tried): ContextTrace {
  const { organization } = context
  return {
    members: context.members.map(({ type, row }) => ({ type, id: row.id })),
    payer: payerOf(context.payer),
    ...(organization === undefined ? {} : { organization: organization.id }),
    outcome: outcome === undefined ? 'notReached' : outcomeOf(outcome),
    routes: outcome?.ok === true ? outcome.routes : [],
    restrictions: outcome?.ok === false ? outcome.restrictions : [],
    isChosen,
  }
}

/** What an outcome is called. */
export function outcomeOf(outcome: NonNullable<Tried['outcome']>): ContextOutcome {
  return outcome.ok ? 'routes' : outcome.step
}

/** The most paths that are listed: a user's own are there again in the context of each of its teams. */
const pathLimit = 1_000

/** The paths that grant the name, through whichever context, whether or not something else takes it away. */
export function pathsOf({ tried, resolved }: DecisionTrace): readonly PathTrace[] {
  const paths: PathTrace[] = []
  for (const [context, { reach }] of tried.entries()) {
    for (const path of reach.slice(0, pathLimit - paths.length)) {
      paths.push({ path, context, routes: reachedTargets([path], resolved?.targets ?? []) })
    }
    if (paths.length === pathLimit) break
  }
  return paths
}
