import type { State } from '../model/state/state.ts'
import { noticesOf } from '../policy/conclude.ts'
import { type Asking, conclude, type Judged, judge } from '../policy/context/caller.ts'
import type { Denied, Notice, Payer, Reach, Route } from '../policy/decision/decision.ts'
import { isDenied } from '../policy/decision/deny.ts'
import type { EvaluationTime } from '../policy/evaluation-time.ts'
import { unite } from '../policy/route/choose.ts'

/** Who pays; where several metered teams of a user could, the user must name one. */
export type AccessPayer = Payer | { readonly type: 'ambiguous'; readonly teams: readonly string[] }

/** What a caller has of a model, money aside: what a decision allows, or would if its payer had enough or were named. */
export interface Access {
  readonly routes: readonly Route[]
  readonly payer: AccessPayer
  /** Every path that gives it, as in a decision. */
  readonly reach: readonly Reach[]
  readonly notices: readonly Notice[]
  /** The team in whose name the call is made, where there is one. */
  readonly team?: string
}

/**
 * What whoever asks has of a name, or the denial that a request would get. The same judgement as a decision's, so that
 * what is listed is what is allowed. The moment takes note of every instant at which the answer flips.
 */
export function findAccess(asking: Asking, name: string, state: State, moment: EvaluationTime): Access | Denied {
  const judged = judge(asking, name, state, moment)
  return isDenied(judged) ? judged : concludeAccess(asking, judged)
}

/** What whoever asks has of a name, where nobody asks why it has not: cheaper than a denial, which says what to do. */
export function accessTo(asking: Asking, name: string, state: State, moment: EvaluationTime): Access | undefined {
  const judged = judge(asking, name, state, moment)
  if (isDenied(judged) || (judged.choice.type === 'one' && !judged.choice.outcome.ok)) return undefined
  const found = concludeAccess(asking, judged)
  return isAccess(found) ? found : undefined
}

function concludeAccess(asking: Asking, judged: Judged): Access | Denied {
  const { choice, question } = judged
  const decision = conclude(asking, judged, undefined)
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

/** Whether what was found is access and not a denial. */
export function isAccess(found: Access | Denied): found is Access {
  return !isDenied(found)
}
