import type { State } from '../../model/state/state.ts'
import { authorize } from '../../policy/authorize.ts'
import type { Decision, ManageDecision, UseDecision } from '../../policy/decision/decision.ts'
import { denyUnparsed } from '../../policy/decision/deny.ts'
import { parseRequest } from '../../policy/request/parse-request.ts'
import type { ManageRequest, Request, UseRequest } from '../../policy/request/request.ts'
import { manageMisses } from './near-miss/manage-miss.ts'
import type { NearMiss } from './near-miss/near-miss.ts'
import { useMisses } from './near-miss/use-miss.ts'
import { findRemedies } from './remedy/find-remedies.ts'
import type { CheckedRemedy } from './remedy/remedy.ts'
import { type ContextTrace, contextTracesOf, type PathTrace, pathTracesOf } from './trace/context-trace.ts'
import { traceDecision } from './trace/decision-trace.ts'
import { bareGuards, type Guard, invalidGuards, manageGuards, useGuards } from './trace/guard.ts'

/**
 * The full derivation of a decision, as plain data for the gateway's operator. An explanation names every group and
 * team: never show an explanation to a caller.
 */
export interface Explanation {
  /** The decision that `authorize` returns. */
  readonly decision: Decision
  /**
   * The checks of the request, in order of precedence: one for each denial reason that is possible for this kind of
   * request.
   */
  readonly guards: readonly Guard[]
  /**
   * The caller's contexts (a payer, and the holders whose access counts), in the order of evaluation. Empty for a
   * manage request.
   */
  readonly contexts: readonly ContextTrace[]
  /**
   * The paths (grants) that lead to the model, each with the index of its context. At most 1,000, because a user's own
   * paths repeat in each context.
   */
  readonly paths: readonly PathTrace[]
  /** Facts that, if slightly different, would let the denied request get further. Empty for an allow. */
  readonly nearMisses: readonly NearMiss[]
  /**
   * At most 10 checked ways to turn the denial into an allow. Remedies with the fewest commands come first. Empty for
   * an allow.
   */
  readonly remedies: readonly CheckedRemedy[]
}

/**
 * Explains why a request is allowed or denied: each guard with the facts it is based on, every context and path, near
 * misses, and remedies. Never throws: a malformed request and a corrupt state are explained like any other denial. An
 * allow costs about as much as a decision; a denial tries up to 200 remedies.
 *
 * @example
 * const explanation = explain(request, state)
 * if (explanation.decision.effect === 'deny') console.log(formatExplanation(explanation))
 */
export function explain(request: Request, state: State): Explanation {
  const parsed = parseRequest(request)
  // Decides the parsed copy: a getter in the request may return another value the second time.
  const decision = parsed.ok ? authorize(parsed.request, state) : denyUnparsed(parsed.issues, state)
  const bare = { decision, guards: [], contexts: [], paths: [], nearMisses: [], remedies: [] }
  const isInvalid = decision.effect === 'deny' && decision.reason === 'request_invalid'
  if (isInvalid || !parsed.ok) return { ...bare, guards: invalidGuards(decision) }
  try {
    return { decision, ...deriveExplanation(parsed.request, decision, state) }
  } catch {
    // The state is corrupt in a place that the decision did not need.
    return { ...bare, guards: bareGuards(parsed.request, decision) }
  }
}

/** An explanation without its decision. */
export type Derivation = Omit<Explanation, 'decision'>

/** Explains a parsed request and its decision. Throws when the state is corrupt, unlike `explain`. */
export function deriveExplanation(request: Request, decision: Decision, state: State): Derivation {
  return request.type === 'use'
    ? deriveUse(request, decision as UseDecision, state)
    : deriveManage(request, decision as ManageDecision, state)
}

function deriveUse(request: UseRequest, decision: UseDecision, state: State): Derivation {
  const trace = traceDecision(request, state, decision)
  return {
    guards: useGuards(request, trace),
    contexts: contextTracesOf(trace),
    paths: pathTracesOf(trace),
    nearMisses: useMisses(trace),
    remedies: decision.effect === 'allow' ? [] : findRemedies(request, decision, state),
  }
}

function deriveManage(request: ManageRequest, decision: ManageDecision, state: State): Derivation {
  return {
    guards: manageGuards(request, decision, state),
    contexts: [],
    paths: [],
    nearMisses: manageMisses(request, decision, state),
    remedies: decision.effect === 'allow' ? [] : findRemedies(request, decision, state),
  }
}
