import { answerCaller, formatDecision } from 'portcullis'
import type { Call } from './gateway.ts'

/** Whether a call was refused, by its decision or for want of a price. */
export function isRefused({ outcome }: Call): boolean {
  return outcome === 'refused' || outcome === 'unpriced'
}

/** What its caller is told. */
export function callerText({ decision }: Call): string {
  const answer = answerCaller(decision)
  return answer.effect === 'deny' ? answer.message : 'the model has no price here; use another one'
}

/** What an operator reads about it, but for the version: the library's words, or the gateway's where only a price was missing. */
export function operatorText({ decision, ask }: Call): string {
  if (decision.effect === 'deny') return formatDecision(decision).replace(/ \(version \d+\)$/, '')
  return `price_unknown at model \`${ask.request.model}\`: the catalogue has no price for it, and no price is not zero`
}

/** The word for why. */
export function reasonOf({ decision }: Call): string {
  return decision.effect === 'deny' ? decision.reason : 'price_unknown'
}
