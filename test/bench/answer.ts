import type { Payer, Route } from '../../src/policy/decision/decision.ts'
import type { DenialReason } from '../../src/policy/decision/denial.ts'
import type { UseRequest } from '../../src/policy/request/request.ts'

/** What every engine is asked: may the bearer of this credential use this model? */
export interface Question extends UseRequest {
  readonly who: { readonly type: 'credential'; readonly id: string }
  readonly credits?: { readonly available: bigint; readonly estimate?: bigint | undefined } | undefined
}

/** What every engine answers, at the least. A decision of the library is an answer. */
export type Answer = Allowed | { readonly effect: 'deny'; readonly reason: DenialReason }
interface Allowed {
  readonly effect: 'allow'
  readonly routes: readonly Route[]
  readonly payer: Payer
}

/** One of the things compared. */
export interface Engine {
  readonly name: string
  readonly decide: (question: Question) => Answer
  /** Whether its reasons are those of the library too, and not only its allows, routes and payers. */
  readonly givesReasons: boolean
}
