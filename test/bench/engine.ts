import type { Payer, Route } from '../../src/policy/decision/decision.ts'
import type { DenialReason } from '../../src/policy/decision/denial.ts'
import type { UseRequest } from '../../src/policy/request/request.ts'

/**
 * The request to every engine: may this caller use this model? The caller is the bearer of a credential or, in a world of
 * teams, a user.
 */
export interface BenchRequest extends UseRequest {
  readonly who: { readonly type: 'credential' | 'user'; readonly id: string }
  readonly credits?: { readonly available: bigint; readonly estimate?: bigint | undefined } | undefined
}

/** The decision of any engine. A decision of the library is one, with more fields. */
export type EngineDecision = Allowed | { readonly effect: 'deny'; readonly reason: DenialReason }
interface Allowed {
  readonly effect: 'allow'
  readonly routes: readonly Route[]
  readonly payer: Payer
}

/** One of the compared implementations. */
export interface Engine {
  readonly name: string
  readonly decide: (request: BenchRequest) => EngineDecision
  /** Whether its denial reasons must equal the library's, too. */
  readonly givesReasons: boolean
}
