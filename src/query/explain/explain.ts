import type { State } from '../../model/state/state.ts'
import { authorize } from '../../policy/authorize.ts'
import type { Decision, ManageDecision, UseDecision } from '../../policy/decision/decision.ts'
import { denyUnparsed } from '../../policy/decision/deny.ts'
import { parseRequest } from '../../policy/request/parse-request.ts'
import type { ManageRequest, Request, UseRequest } from '../../policy/request/request.ts'
import type { NearMiss } from './near-miss/near-miss.ts'
import { manageMisses } from './near-miss/near-miss-manage.ts'
import { useMisses } from './near-miss/near-miss-use.ts'
import type { CheckedRemedy } from './remedy/remedy.ts'
import { remediesFor } from './remedy/remedy-list.ts'
import { type ContextTrace, contextTracesOf, type PathTrace, pathsOf } from './trace/context-trace.ts'
import { traceDecision } from './trace/decision-trace.ts'
import { bareGuards, type Guard, invalidGuards, manageGuards, useGuards } from './trace/guard.ts'

/** The whole derivation of a decision, for whoever runs the gateway. Plain data; names everything, so never for a caller. */
export interface Explanation {
  /** What `authorize` decides, exactly. */
  readonly decision: Decision
  /** Every reason for which a request of this kind can be refused, in order of precedence. */
  readonly guards: readonly Guard[]
  /** Each context in which a use could be answered, in the order in which they are tried. */
  readonly contexts: readonly ContextTrace[]
  /** The paths that lead to the model, through whichever context: the first thousand, since contexts repeat a user's own. */
  readonly paths: readonly PathTrace[]
  /** What would have let the request come further; nothing for an allow. */
  readonly nearMisses: readonly NearMiss[]
  /** What would turn the denial into an allow, the smallest first; nothing for an allow. At most ten. */
  readonly remedies: readonly CheckedRemedy[]
}

/**
 * Why a request is decided as it is: each guard with the facts that it rested on, every context and path, and what was
 * nearly there. Total, like `authorize`: any value at all is explained, and nothing is thrown. An allow costs about as
 * much as a decision; a denial tries up to two hundred remedies.
 *
 * @example
 * const { decision, nearMisses, remedies } = explain(request, state)
 * if (decision.effect === 'deny') console.log(formatExplanation(explain(request, state)))
 */
export function explain(request: unknown, state: State): Explanation {
  const parsed = parseRequest(request)
  // What was read is what is decided: a value may read differently the next time.
  const decision = parsed.ok ? authorize(parsed.request, state) : denyUnparsed(parsed.issues, state)
  const bare = { decision, guards: [], contexts: [], paths: [], nearMisses: [], remedies: [] }
  const isInvalid = decision.effect === 'deny' && decision.reason === 'request_invalid'
  if (isInvalid || !parsed.ok) return { ...bare, guards: invalidGuards(decision) }
  try {
    return { decision, ...derive(parsed.request, decision, state) }
  } catch {
    return { ...bare, guards: bareGuards(parsed.request, decision) }
  }
}

type Derivation = Omit<Explanation, 'decision'>

function derive(request: Request, decision: Decision, state: State): Derivation {
  return request.type === 'use'
    ? deriveUse(request, decision as UseDecision, state)
    : deriveManage(request, decision as ManageDecision, state)
}

function deriveUse(request: UseRequest, decision: UseDecision, state: State): Derivation {
  const inquiry = traceDecision(request, state, decision)
  return {
    guards: useGuards(request, inquiry),
    contexts: contextTracesOf(inquiry),
    paths: pathsOf(inquiry),
    nearMisses: useMisses(inquiry),
    remedies: decision.effect === 'allow' ? [] : remediesFor(request, decision, state),
  }
}

function deriveManage(request: ManageRequest, decision: ManageDecision, state: State): Derivation {
  return {
    guards: manageGuards(request, decision, state),
    contexts: [],
    paths: [],
    nearMisses: manageMisses(request, decision, state),
    remedies: decision.effect === 'allow' ? [] : remediesFor(request, decision, state),
  }
}
