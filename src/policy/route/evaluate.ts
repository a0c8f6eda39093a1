import type { Credential } from '../../model/noun/credential.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { isAvailable } from '../availability.ts'
import type { Context } from '../context/context.ts'
import type { Reach } from '../decision/decision.ts'
import type { EvaluationTime } from '../evaluation-time.ts'
import { effectiveAliasOf } from './effective-alias.ts'
import { reachedTargets, reachOf } from './reach.ts'
import type { Resolved } from './resolve.ts'
import { denyName, denyRoute, restrictionsOn } from './restrict.ts'
import { passesName, passesRoute } from './scope.ts'

/** The question that every context of a request is asked. */
export interface Question {
  readonly resolved: Resolved
  readonly credential: Credential | undefined
  /** Whether the request names another team than its credential's: then nothing passes. */
  readonly isOtherTeam: boolean
  readonly state: State
  readonly moment: EvaluationTime
}

/** The steps that take routes away, in order. A context that fails later came further. */
export const steps = ['model_not_granted', 'model_restricted', 'credential_out_of_scope', 'model_unavailable'] as const
export type Step = (typeof steps)[number]

/** What a context yields: routes, or the step that left none. */
export type Outcome =
  | {
      readonly ok: true
      readonly context: Context
      readonly routes: readonly Target[]
      readonly reach: readonly Reach[]
    }
  | { readonly ok: false; readonly context: Context; readonly step: Step; readonly restrictions: readonly string[] }

/** Takes the routes of a name away step by step, and answers with those that stay. */
export function evaluate(context: Context, question: Question): Outcome {
  const { resolved, credential, state, moment } = question
  const reach = reachOf(context, resolved, moment)
  if (reach.length === 0) return failed(context, 'model_not_granted')
  const reached = reachedTargets(reach, resolved.targets)

  const sets = restrictionsOn(context, resolved, state)
  const { free, denying } = sets === undefined ? noRestrictions(reached) : restricted(sets, reached, question)
  if (denying.length > 0 && free.length === 0) return failed(context, 'model_restricted', denying)

  const scoped =
    credential === undefined || credential.scope.type === 'all' ? free : inScope(free, credential, resolved)
  if (question.isOtherTeam || scoped === undefined) return failed(context, 'credential_out_of_scope')

  const routes = available(scoped, resolved, state)
  return routes.length === 0 ? failed(context, 'model_unavailable') : { ok: true, context, routes, reach }
}

/** A context that a step left without routes. */
export function failed(context: Context, step: Step, restrictions: readonly string[] = none): Outcome {
  return { ok: false, context, step, restrictions }
}

interface Unrestricted {
  readonly free: readonly Target[]
  readonly denying: readonly string[]
}

const none: readonly string[] = Object.freeze([])
const noRestrictions = (free: readonly Target[]): Unrestricted => ({ free, denying: none })

function restricted(
  sets: readonly RestrictionSet[],
  targets: readonly Target[],
  { resolved, moment }: Question,
): Unrestricted {
  const denying = denyName(sets, resolved, moment)
  const isNamed = denying.length > 0
  let free: Target[] | undefined
  for (let i = 0; i < targets.length; i += 1) {
    const target = targets[i] as Target
    const against = denyRoute(sets, target, moment)
    if (against.length > 0) denying.push(...against)
    if (against.length > 0 || isNamed) free ??= targets.slice(0, i)
    else free?.push(target)
  }
  return { free: isNamed ? [] : (free ?? targets), denying: unique(denying) }
}

const unique = (ids: readonly string[]): readonly string[] => (ids.length < 2 ? ids : [...new Set(ids)].sort())

/** The routes that the credential's scope passes; nothing at all when it passes neither the name nor a route. */
function inScope(targets: readonly Target[], { scope }: Credential, resolved: Resolved): readonly Target[] | undefined {
  if (passesName(scope, resolved)) return targets
  const passed = targets.filter((target) => passesRoute(scope, target))
  return passed.length === 0 ? undefined : passed
}

function available(targets: readonly Target[], { alias }: Resolved, state: State): readonly Target[] {
  if (alias !== undefined && effectiveAliasOf(alias, state).isWhole) return targets
  return targets.filter((target) => isAvailable(target, state))
}
