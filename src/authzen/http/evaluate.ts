import { authZenTable, refusalTable } from '../../gateway/refusal/refusal-table.ts'
import { type AuthZenEvaluation, isObject } from '../message/entity.ts'
import type { EvaluationsSemantic } from '../message/evaluations.ts'
import type { AuthZenDecision, AuthZenEvaluator, AuthZenUnavailable } from '../message/evaluator.ts'
import type { Parsed } from '../message/parse.ts'

/** Whether an evaluator returned that it cannot decide now. */
export function isUnavailable(answer: unknown): answer is AuthZenUnavailable {
  return isObject(answer) && answer['reason'] === 'policy_unavailable' && !('decision' in answer)
}

/**
 * Evaluates one question. Only the boolean `true` of the evaluator allows.
 * @throws {TypeError} when the evaluator returns no decision
 */
export async function evaluateOne(
  evaluation: AuthZenEvaluation,
  evaluator: AuthZenEvaluator,
): Promise<AuthZenDecision | AuthZenUnavailable> {
  const answer: unknown = await evaluator.evaluate(evaluation)
  if (isUnavailable(answer)) return answer
  if (!isObject(answer) || typeof answer['decision'] !== 'boolean')
    throw new TypeError('the evaluator returned no decision')
  const { decision, context } = answer
  return isObject(context) ? { decision, context } : { decision }
}

/** The last decision of each semantic: evaluations after it are not executed, and have no entry in the answer. */
const lastDecision: Readonly<Record<EvaluationsSemantic, boolean | undefined>> = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
}

/**
 * Evaluates the entries of a list in order. An entry that is wrong, or for which the evaluator throws, is denied with the
 * error in its context. An evaluator that cannot decide now makes the whole list unavailable.
 */
export async function evaluateList(
  evaluations: readonly Parsed<AuthZenEvaluation>[],
  semantic: EvaluationsSemantic,
  evaluator: AuthZenEvaluator,
  onError: (error: unknown) => void,
): Promise<readonly AuthZenDecision[] | AuthZenUnavailable> {
  const decisions: AuthZenDecision[] = []
  for (const evaluation of evaluations) {
    const decision = evaluation.ok
      ? await evaluateSafely(evaluation.value, evaluator, onError)
      : denyError(refusalTable.body_invalid.status, evaluation.message)
    if ('reason' in decision) return decision
    decisions.push(decision)
    if (decision.decision === lastDecision[semantic]) break
  }
  return decisions
}

async function evaluateSafely(
  evaluation: AuthZenEvaluation,
  evaluator: AuthZenEvaluator,
  onError: (error: unknown) => void,
): Promise<AuthZenDecision | AuthZenUnavailable> {
  try {
    return await evaluateOne(evaluation, evaluator)
  } catch (error) {
    onError(error)
    return denyError(authZenTable.failed.status, authZenTable.failed.message)
  }
}

function denyError(status: number, message: string): AuthZenDecision {
  return { decision: false, context: { error: { status, message } } }
}
