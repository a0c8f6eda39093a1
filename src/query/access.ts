import type { State } from '../model/state/state.ts'
import { type Evaluation, evaluateModel } from '../policy/authorize.ts'
import { conclude, noticesOf } from '../policy/conclude.ts'
import type { Caller } from '../policy/context/caller.ts'
import type { Denied, Notice, Payer, Reach, Route } from '../policy/decision/decision.ts'
import { isDenied } from '../policy/decision/deny.ts'
import type { EvaluationTime } from '../policy/evaluation-time.ts'
import { unite } from '../policy/route/choose.ts'

/**
 * Who pays for the calls. `ambiguous` if several metered teams of a user could pay, so that the user must name a team.
 */
export type AccessPayer = Payer | { readonly type: 'ambiguous'; readonly teams: readonly string[] }

/**
 * A caller's access to a model. `authorize` allows a request with this access, or denies it only because of credits or
 * an ambiguous payer.
 */
export interface Access {
  readonly routes: readonly Route[]
  readonly payer: AccessPayer
  /** Every path (grant) that gives the access, as in the `reach` of a decision. */
  readonly reach: readonly Reach[]
  readonly notices: readonly Notice[]
  /** The team on behalf of which the call is made. Absent if there is none. */
  readonly team?: string
}

/**
 * Returns the caller's access to a name, or the denial of a request for the name. Calls the same functions as
 * `authorize`, so a query lists exactly what `authorize` allows. Lowers the boundary of `moment` to the next instant at
 * which the result may change.
 */
export function findAccess(caller: Caller, name: string, state: State, moment: EvaluationTime): Access | Denied {
  const judged = evaluateModel(caller, name, state, moment)
  return isDenied(judged) ? judged : concludeAccess(caller, judged)
}

/** Returns the caller's access to a name, or `undefined`. Cheaper than `findAccess`, which also builds the denial. */
export function accessTo(caller: Caller, name: string, state: State, moment: EvaluationTime): Access | undefined {
  const judged = evaluateModel(caller, name, state, moment)
  if (isDenied(judged) || (judged.choice.type === 'one' && !judged.choice.outcome.ok)) return undefined
  const found = concludeAccess(caller, judged)
  return isAccess(found) ? found : undefined
}

function concludeAccess(caller: Caller, judged: Evaluation): Access | Denied {
  const { choice, input } = judged
  const decision = conclude(caller.principal, choice, input)
  if (decision.effect === 'allow') {
    const { routes, payer, reach, notices, team } = decision
    return team === undefined ? { routes, payer, reach, notices } : { routes, payer, reach, notices, team }
  }
  if (choice.type !== 'ambiguous') return decision
  const { routes, reach } = unite(choice.outcomes, input)
  return {
    routes,
    payer: { type: 'ambiguous', teams: choice.teams },
    reach,
    notices: noticesOf(input.resolved.alias),
  }
}

/** Whether the result of `findAccess` is an access (and not a denial). */
export function isAccess(found: Access | Denied): found is Access {
  return !isDenied(found)
}
