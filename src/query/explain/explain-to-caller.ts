import { answerCaller } from '../../policy/decision/caller-answer.ts'
import type { Explanation } from './explain.ts'

const helpers = {
  caller: 'you can turn this around yourself',
  payer: 'whoever pays can turn this around',
  operator: 'whoever runs this gateway can turn this around',
} as const

/**
 * The caller's rendering of an explanation: what `answerCaller` says and nothing beside it, so that callers who are told
 * the same of two requests are told the same here. No group, restriction, provider account or other team is in it.
 */
export function explainToCaller({ decision }: Pick<Explanation, 'decision'>): string {
  const answer = answerCaller(decision)
  if (answer.effect === 'allow') return 'allowed'
  return `denied (${answer.reason}): ${answer.message}\n${helpers[answer.ask]}`
}
