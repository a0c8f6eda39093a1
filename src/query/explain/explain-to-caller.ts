import { answerCaller } from '../../policy/decision/caller-answer.ts'
import type { Explanation } from './explain.ts'

const advice = {
  caller: 'you can fix this yourself',
  payer: 'the owner of the wallet that pays can fix this',
  operator: 'the operator of this gateway can fix this',
} as const

/**
 * Formats a decision for the caller: the answer of `answerCaller`, and nothing more. Two requests with the same answer
 * get the same text. The text names no group, restriction, provider account or other team.
 */
export function explainToCaller({ decision }: Pick<Explanation, 'decision'>): string {
  const answer = answerCaller(decision)
  if (answer.effect === 'allow') return 'allowed'
  return `denied (${answer.reason}): ${answer.message}\n${advice[answer.ask]}`
}
