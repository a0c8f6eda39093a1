import { Tags } from '../../ledger/read-request.ts'
import type { LedgerRefusal } from '../../ledger/refusal/refusal.ts'
import { isId } from '../../model/value/id.ts'
import type { Operation } from '../../model/value/operation.ts'
import type { Principal } from '../../model/value/principal.ts'
import type { Denied, UseAllowed } from '../../policy/decision/decision.ts'
import type { PolicyUnavailable } from '../notice/unavailable.ts'

/** The caller of a request. Has exactly one of the three. */
export type AdmitCaller =
  | {
      /** The secret that the caller presented. The engine looks up its SHA-256 digest, and stores and logs neither. */
      readonly token: string
      readonly credential?: undefined
      readonly principal?: undefined
    }
  | {
      /** The id of a credential whose secret the host has verified. */
      readonly credential: string
      readonly token?: undefined
      readonly principal?: undefined
    }
  | {
      /** A principal that the host has authenticated. */
      readonly principal: Principal
      readonly token?: undefined
      readonly credential?: undefined
    }

/** The amounts that a function computes from a decision, in units of 10^-9. */
export interface Estimated {
  readonly estimate: bigint
  readonly minEstimate?: bigint | undefined
}

/** A request to make one model call. */
export type AdmitRequest = AdmitCaller & {
  /** The model's name as the client wrote it. */
  readonly model: string
  /** The team on whose behalf the call is made. Default: as in a use request. */
  readonly team?: string | undefined
  /** The operation of the call. Default: unknown, which only a credential with all operations permits. */
  readonly operation?: Operation | undefined
  /**
   * The maximum expected cost in units of 10^-9, which is reserved: `credit('0.05')` converts a decimal string. Zero
   * reserves nothing, and is refused only if the payer's wallet is missing, frozen, closed or owes overdraft. A function
   * computes it from the decision, for example from the prices of the routes, and can return the smallest acceptable
   * reservation with it; when it throws, the request is malformed.
   */
  readonly estimate: bigint | ((decision: UseAllowed) => bigint | Estimated)
  /** The smallest acceptable reservation. Default: what the function returns as `minEstimate`, else the estimate. */
  readonly minEstimate?: bigint | undefined
  /** Tags of the call for credits that are restricted to tags, at most 16. Statements show them. */
  readonly tags?: readonly string[] | undefined
  /** A comment on the call for statements. */
  readonly note?: string | undefined
  /** Decides on a policy of at least this version, and waits for it for a bounded time. Default: the current version. */
  readonly atLeast?: number | undefined
  /** Gives up the admission when aborted. Several requests may share one signal. */
  readonly signal?: AbortSignal | undefined
}

/** Why a call is not admitted, and the id of the decision, which the events about the call have. Nothing is held. */
export type NotAdmitted = AdmitFailure & { readonly id: string }

/** Why a call is not admitted. */
export type AdmitFailure =
  /** The request is malformed. */
  | { readonly admitted: false; readonly reason: 'request_invalid'; readonly message: string }
  /** The policy denies the call. `answerCaller` renders the denial for the caller. */
  | { readonly admitted: false; readonly reason: 'denied'; readonly denial: Denied }
  /** The ledger refuses the reservation. `answerLedgerCaller` renders the refusal for the caller. */
  | {
      readonly admitted: false
      readonly reason: 'refused'
      readonly refusal: LedgerRefusal
      readonly decision: UseAllowed
    }
  /** The policy is missing or too old. Retry later. */
  | { readonly admitted: false; readonly reason: 'policy_unavailable'; readonly unavailable: PolicyUnavailable }
  /** The ledger failed or did not answer in time. Retry later. */
  | { readonly admitted: false; readonly reason: 'ledger_unavailable'; readonly message: string }
  /** The caller aborted the request. */
  | { readonly admitted: false; readonly reason: 'aborted' }

const fields = new Set([
  ...['token', 'credential', 'principal', 'model', 'team', 'operation', 'estimate', 'minEstimate'],
  ...['tags', 'note', 'atLeast', 'signal'],
])

/** Returns a copy of a request, or what is wrong with it. Does not check what `authorize` checks. Accepts any value. */
export function readAdmit(request: AdmitRequest): AdmitRequest | string {
  try {
    if (typeof request !== 'object' || request === null) return 'expected a request'
    const copy = { ...request }
    return faultOfAdmit(copy) ?? copy
  } catch {
    return 'expected a request that can be read'
  }
}

function faultOfAdmit(request: AdmitRequest): string | undefined {
  for (const name of Object.keys(request)) if (!fields.has(name)) return `there is no field \`${name}\``
  const { token, credential, principal, estimate, minEstimate, tags, note, atLeast, signal } = request
  const given = Number(token !== undefined) + Number(credential !== undefined) + Number(principal !== undefined)
  if (given !== 1) return 'expected exactly one of `token`, `credential` and `principal`'
  if (token !== undefined && typeof token !== 'string') return 'expected `token` as a string'
  const faultOfAmounts = typeof estimate === 'function' ? undefined : faultOfEstimate(estimate, minEstimate)
  if (faultOfAmounts !== undefined) return faultOfAmounts
  const [badTags] = (tags === undefined ? undefined : Tags.safeParse(tags).error?.issues) ?? []
  if (badTags !== undefined) return `${badTags.message} in \`tags\``
  if (note !== undefined && !(typeof note === 'string' && isId(note)))
    return 'expected `note` as 1 to 256 printable characters'
  if (atLeast !== undefined && !(Number.isSafeInteger(atLeast) && atLeast >= 0))
    return 'expected `atLeast` as a version'
  if (signal !== undefined && !(signal instanceof AbortSignal)) return 'expected `signal` as an `AbortSignal`'
  return undefined
}

/** Returns what is wrong with the amounts of a request, or `undefined`. */
export function faultOfEstimate(estimate: unknown, minEstimate: unknown): string | undefined {
  if (typeof estimate !== 'bigint' || estimate < 0n) return 'expected `estimate` in units, a bigint not below zero'
  if (minEstimate === undefined) return undefined
  const isAmount = typeof minEstimate === 'bigint' && minEstimate >= 1n && minEstimate <= estimate
  return isAmount ? undefined : 'expected `minEstimate` in units, a bigint from 1 to `estimate`'
}
