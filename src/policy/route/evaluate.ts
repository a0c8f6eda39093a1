import type { Credential } from '../../model/noun/credential.ts'
import type { Target } from '../../model/noun/model-alias.ts'
import type { RestrictionSet } from '../../model/state/restriction-set.ts'
import type { State } from '../../model/state/state.ts'
import { permitsOperation, type RequestedOperation } from '../../model/value/operation.ts'
import type { Context } from '../context/context.ts'
import type { Reach } from '../decision/decision.ts'
import type { EvaluationTime } from '../evaluation-time.ts'
import { effectiveAliasOf, isAvailable } from './effective-alias.ts'
import { reachOf } from './reach.ts'
import type { Resolved } from './resolve.ts'
import { denyName, denyRoute, restrictionsOn } from './restrict.ts'
import { passesName, passesRoute } from './scope.ts'

/** The inputs of an evaluation that are the same in every context of a request. */
export interface EvaluationInput {
  readonly resolved: Resolved
  readonly credential: Credential | undefined
  /**
   * Whether the request names a team other than the credential's team. If so, every model is out of the credential's
   * scope.
   */
  readonly isOtherTeam: boolean
  /**
   * The operation of the request. `any`, for lists of models, stands for every operation that the credential permits.
   */
  readonly operation: RequestedOperation
  readonly state: State
  readonly moment: EvaluationTime
}

/** The reasons for which a context yields no route, in the order in which `evaluateContext` checks them. */
export const contextReasons = [
  'model_not_granted',
  'model_restricted',
  'operation_out_of_scope',
  'credential_out_of_scope',
  'model_unavailable',
] as const
export type ContextReason = (typeof contextReasons)[number]

/**
 * The result of evaluating a model in a context: the routes with the paths that give access, or the reason why there
 * are no routes.
 */
export type Outcome =
  | {
      readonly ok: true
      readonly context: Context
      readonly routes: readonly Target[]
      readonly reach: readonly Reach[]
    }
  | {
      readonly ok: false
      readonly context: Context
      readonly reason: ContextReason
      /**
       * For the reason `model_restricted`, the ids of the restrictions that deny the model. Empty for any other reason.
       */
      readonly restrictions: readonly string[]
    }

/**
 * Evaluates a model in one context. Starts from the model's targets and removes routes in five steps. If a step leaves
 * no route, the outcome has the reason of that step.
 */
export function evaluateContext(context: Context, input: EvaluationInput): Outcome {
  const { resolved, credential, state, moment } = input

  // model_not_granted: no access group and no role leads to the model.
  const { reach, targets: reached } = reachOf(context, resolved, moment)
  if (reach.length === 0) return failed(context, 'model_not_granted')

  // model_restricted: restrictions in force deny every route.
  const sets = restrictionsOn(context, input)
  const { free, denying } = sets === undefined ? unrestricted(reached) : restricted(sets, reached, input)
  if (denying.length > 0 && free.length === 0) return failed(context, 'model_restricted', denying)

  // operation_out_of_scope: the credential may not be used for the operation.
  if (credential !== undefined && !permitsOperation(credential.operations, input.operation))
    return failed(context, 'operation_out_of_scope')

  // credential_out_of_scope: the credential's scope passes neither the name nor a route.
  const scoped =
    credential === undefined || credential.scope.type === 'all' ? free : inScope(free, credential, resolved)
  if (input.isOtherTeam || scoped === undefined) return failed(context, 'credential_out_of_scope')

  // model_unavailable: the account or the model of every route is suspended or gone.
  const routes = available(scoped, resolved, state)
  return routes.length === 0 ? failed(context, 'model_unavailable') : { ok: true, context, routes, reach }
}

/** The outcome of a context that yields no route. */
export function failed(context: Context, reason: ContextReason, restrictions: readonly string[] = none): Outcome {
  return { ok: false, context, reason, restrictions }
}

/**
 * The result of applying restrictions to routes. `free` lists the routes that no restriction denies. `denying` lists
 * the ids of the restrictions that deny the alias or a route.
 */
interface Restricted {
  readonly free: readonly Target[]
  readonly denying: readonly string[]
}

const none: readonly string[] = Object.freeze([])
const unrestricted = (free: readonly Target[]): Restricted => ({ free, denying: none })

function restricted(sets: readonly RestrictionSet[], targets: readonly Target[], input: EvaluationInput): Restricted {
  const denying = denyName(sets, input)
  const isNameDenied = denying.length > 0
  let free: Target[] | undefined
  for (let i = 0; i < targets.length; i += 1) {
    const target = targets[i] as Target
    const against = denyRoute(sets, target, input)
    if (against.length > 0) denying.push(...against)
    if (against.length > 0 || isNameDenied) free ??= targets.slice(0, i)
    else free?.push(target)
  }
  return { free: isNameDenied ? [] : (free ?? targets), denying: unique(denying) }
}

const unique = (ids: readonly string[]): readonly string[] => (ids.length < 2 ? ids : [...new Set(ids)].sort())

/** The routes within the credential's scope. `undefined` if the scope includes neither the alias name nor any route. */
function inScope(targets: readonly Target[], { scope }: Credential, resolved: Resolved): readonly Target[] | undefined {
  if (passesName(scope, resolved)) return targets
  const passed = targets.filter((target) => passesRoute(scope, target))
  return passed.length === 0 ? undefined : passed
}

function available(targets: readonly Target[], { alias }: Resolved, state: State): readonly Target[] {
  if (alias !== undefined && effectiveAliasOf(alias, state).isWhole) return targets
  return targets.filter((target) => isAvailable(target, state))
}
