import type { State } from '../model/state/state.ts'
import { noticesOf } from '../policy/conclude.ts'
import { type Asking, conclude, type Judged, judge } from '../policy/context/caller.ts'
import type { Denied, Notice, Payer, Reach, Route } from '../policy/decision/decision.ts'
import { isDenied } from '../policy/decision/deny.ts'
import type { EvaluationTime } from '../policy/evaluation-time.ts'
import { unite } from '../policy/route/choose.ts'

/** The payer; `ambiguous` when several metered teams of a user could pay and the user must name one. */
export type AccessPayer = Payer | { readonly type: 'ambiguous'; readonly teams: readonly string[] }

/** A caller's access to a model, money aside: what a decision allows, or would allow with enough credits or a named payer. */
export interface Access {
  readonly routes: readonly Route[]
  readonly payer: AccessPayer
  /** Every path that gives the access, as in a decision. */
  readonly reach: readonly Reach[]
  readonly notices: readonly Notice[]
  /** The team in whose name the call is made; absent when it is made in no team's name. */
  readonly team?: string
}

/**
 * The caller's access to a name, or the denial of its request. Calls the same functions as `authorize`, so a query lists
 * exactly what is allowed. Lowers the boundary of `moment` to the next instant at which the result may change.
 */
export function findAccess(caller: Asking, name: string, state: State, moment: EvaluationTime): Access | Denied {
  const judged = judge(caller, name, state, moment)
  return isDenied(judged) ? judged : concludeAccess(caller, judged)
}

/** The caller's access to a name, or `undefined`. Cheaper than `findAccess`, which also builds the denial. */
export function accessTo(caller: Asking, name: string, state: State, moment: EvaluationTime): Access | undefined {
  const judged = judge(caller, name, state, moment)
  if (isDenied(judged) || (judged.choice.type === 'one' && !judged.choice.outcome.ok)) return undefined
  const found = concludeAccess(caller, judged)
  return isAccess(found) ? found : undefined
}

function concludeAccess(caller: Asking, judged: Judged): Access | Denied {
  const { choice, question } = judged
  const decision = conclude(caller, judged, undefined)
  if (decision.effect === 'allow') {
    const { routes, payer, reach, notices, team } = decision
    return team === undefined ? { routes, payer, reach, notices } : { routes, payer, reach, notices, team }
  }
  if (choice.type !== 'ambiguous') return decision
  const { routes, reach } = unite(choice.outcomes, question)
  return {
    routes,
    payer: { type: 'ambiguous', teams: choice.teams },
    reach,
    notices: noticesOf(question.resolved.alias),
  }
}

/** Whether the result of `findAccess` is an access and not a denial. */
export function isAccess(found: Access | Denied): found is Access {
  return !isDenied(found)
}
