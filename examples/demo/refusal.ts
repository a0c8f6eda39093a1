import { answerCaller, formatDecision } from 'portcullis'
import type { Call } from './gateway.ts'

/** Whether a call was refused, by its decision or because no route has a price. */
export function isRefused({ outcome }: Call): boolean {
  return outcome === 'refused' || outcome === 'unpriced'
}

/** The message for the caller of a refused call. */
export function callerText({ decision }: Call): string {
  const answer = answerCaller(decision)
  return answer.effect === 'deny' ? answer.message : 'the model has no price; use another one'
}

/** The message for operators, without the version: the library's, or the gateway's own for a missing price. */
export function operatorText({ decision, ask }: Call): string {
  if (decision.effect === 'deny') return formatDecision(decision).replace(/ \(version \d+\)$/, '')
  return `price_unknown at model \`${ask.request.model}\`: the catalogue has no price for it`
}

/** The reason code of a refused call. */
export function reasonOf({ decision }: Call): string {
  return decision.effect === 'deny' ? decision.reason : 'price_unknown'
}
