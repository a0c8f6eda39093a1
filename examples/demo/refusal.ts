import { answerCaller, formatDecision } from 'portcullis'
import { answerLedgerCaller, formatLedgerRefusal } from 'portcullis/ledger'
import type { Call } from './gateway.ts'

/** Whether a call was refused: by the policy, by the ledger, or because no route has a price. */
export function isRefused({ outcome }: Call): boolean {
  return outcome === 'refused' || outcome === 'unpriced'
}

/** Returns the message for the caller of a refused call. */
export function callerText({ decision, refusal }: Call): string {
  if (refusal !== undefined) return answerLedgerCaller(refusal).message
  const answer = answerCaller(decision)
  return answer.effect === 'deny' ? answer.message : 'the model has no price; use another one'
}

/**
 * Returns the message for operators, without the version. For a missing price, returns the gateway's own message;
 * otherwise, the library's message.
 */
export function operatorText({ decision, refusal, ask }: Call): string {
  if (refusal !== undefined) return formatLedgerRefusal(refusal)
  if (decision.effect === 'deny') return formatDecision(decision).replace(/ \(version \d+\)$/, '')
  return `price_unknown at model \`${ask.request.model}\`: the catalogue has no price for it`
}

/** Returns the reason code of a refused call. */
export function reasonOf({ decision, refusal }: Call): string {
  if (refusal !== undefined) return refusal.reason
  return decision.effect === 'deny' ? decision.reason : 'price_unknown'
}
