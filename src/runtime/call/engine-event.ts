import type { LedgerRefusalReason } from '../../ledger/refusal/refusal.ts'
import type { Wallet } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Route } from '../../policy/decision/decision.ts'
import type { DenialReason } from '../../policy/decision/denial.ts'
import type { Thing } from '../../policy/decision/thing.ts'
import type { NotAdmitted } from './admit-request.ts'
import type { Ended, Ending } from './ending.ts'

/** Something that an engine did for a caller. Frozen, and without secrets. */
export type EngineEvent = DecidedEvent | EndedEvent | DroppedEvent

/** A call was admitted or not, or a question was decided. */
export interface DecidedEvent {
  readonly type: 'decided'
  /** The id of the decision, and the `id` of the admission. */
  readonly id: string
  /** `admit` for a call, `authorize` for a question, after which no call may follow. */
  readonly by: 'admit' | 'authorize'
  /** The engine's time. */
  readonly at: Instant
  /** `allowed`, or why not, as in the result of `admit`. */
  readonly outcome: 'allowed' | NotAdmitted['reason']
  /** The reason of the denial or of the ledger's refusal. */
  readonly reason?: DenialReason | LedgerRefusalReason
  /** Whether the token was refused as malformed, without a lookup. Absent if not. */
  readonly isTokenMalformed?: true
  /** The principal that calls; absent if it is not known. */
  readonly principal?: Principal
  /** The id of the credential in the request, if it exists. */
  readonly credential?: string
  /** The team on whose behalf the call is made, or which a refused request named. */
  readonly team?: string
  /** The organization of the team or virtual account. */
  readonly organization?: string
  /** The model as the client wrote it. Absent in requests to manage, and if it is not a string of 1 to 513 characters. */
  readonly model?: string
  readonly operation?: Operation
  /** What a request to manage named. */
  readonly thing?: Thing
  /** The permitted routes, if the policy allows the call. */
  readonly routes?: readonly Route[]
  /** The wallet of the payer, if the policy allows the call and it is not free. */
  readonly wallet?: Wallet
  /** The estimate in units of 10^-9, if it was computed. */
  readonly estimate?: bigint
  /** The reserved amount in units of 10^-9, if the call was admitted. */
  readonly reserved?: bigint
  /** The time that the decision and the reservation took, in milliseconds. */
  readonly milliseconds: number
  /** The version of the policy; absent if no policy was read. */
  readonly version?: number
}

/** An admitted call ended. An admission that is left without an ending has no such event. */
export interface EndedEvent {
  readonly type: 'ended'
  /** The id of the decision. */
  readonly id: string
  /** The engine's time when the call ended. */
  readonly at: Instant
  /** The decision that admitted the call. */
  readonly call: DecidedEvent
  readonly ending: Ending
  /** Whether the ledger booked the ending, or had nothing to book. */
  readonly isBooked: boolean
  /** Why the ending was not booked. */
  readonly reason?: LedgerRefusalReason | Exclude<Ended, { readonly ok: true }>['reason']
  /** The cost in units of 10^-9. Zero of a release. */
  readonly cost: bigint
  /** The route that answered: as reported, or the only permitted one. */
  readonly route?: Route
  /** What was used, as reported, such as the numbers of `input` and `output` tokens. */
  readonly units?: Readonly<Record<string, number>>
  /** The time from the admission to the ending, in milliseconds. */
  readonly milliseconds: number
}

/** Events that the subscriber did not get, because it was too slow. Comes before the events after them. */
export interface DroppedEvent {
  readonly type: 'dropped'
  /** The engine's time of the last event that was dropped. */
  readonly at: Instant
  readonly count: number
}

/** What a host reports when it settles a call. A field that is malformed is ignored, and the cost is booked. */
export interface CallReport {
  /** The route that answered. */
  readonly route?: Route | undefined
  /** What was used: up to 16 names, each with a number of zero or more, such as `{ input: 12, output: 450 }`. */
  readonly units?: Readonly<Record<string, number>> | undefined
}
