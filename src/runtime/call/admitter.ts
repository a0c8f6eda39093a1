import type { Wallet } from '../../model/noun/wallet.ts'
import type { State } from '../../model/state/state.ts'
import type { Instant } from '../../model/value/instant.ts'
import { authorize } from '../../policy/authorize.ts'
import type { UseAllowed } from '../../policy/decision/decision.ts'
import type { Who } from '../../policy/request/request.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { RefusalReason, ReserveResult } from '../../port/ledger-result.ts'
import type { WalletState } from '../../port/ledger-state.ts'
import { messageOf } from '../notice/message.ts'
import { type PolicyUnavailable, policyUnavailable } from '../notice/unavailable.ts'
import type { Deadline } from '../time/deadline.ts'
import { alikeUnknown, isUnreadable, type TokenReader } from '../token/token-reader.ts'
import { type Admission, type CallPort, type CallTerms, LiveCall } from './admission.ts'
import {
  type AdmitCaller,
  type AdmitFailure,
  type AdmitRequest,
  type Estimated,
  faultOfEstimate,
  type NotAdmitted,
  readAdmit,
} from './admit-request.ts'
import type { CallTrace } from './call-trace.ts'
import type { EventFeed } from './event-feed.ts'
import { HoldIds } from './hold-id.ts'
import { ReserveTry } from './reserve-try.ts'

export interface AdmitterOptions {
  readonly port: CallPort
  readonly now: () => Instant
  readonly ttl: number
  readonly deadline: Deadline
  readonly tokens: TokenReader
  readonly feed: EventFeed
  /** Whether the engine refuses new calls. */
  readonly isClosed: () => boolean
  /** Returns the current state, or one of at least a version after a bounded wait. */
  readonly stateFor: (atLeast: number | undefined) => State | PolicyUnavailable | Promise<State | PolicyUnavailable>
}

/** Admits calls: decides, then reserves the estimate along the wallet path of the decision. */
export class Admitter {
  readonly #options: AdmitterOptions
  readonly #ids = new HoldIds()

  constructor(options: AdmitterOptions) {
    this.#options = options
  }

  admit(input: AdmitRequest): Promise<Admission | NotAdmitted> {
    const trace = this.#options.feed.begin('admit')
    const admitting = this.#admit(input, trace?.id ?? this.#ids.next(), trace)
    // Runs before the caller gets the result, and costs less than waiting for it here.
    if (trace !== undefined)
      void admitting.then(
        (result) => trace.decided(result),
        () => undefined,
      )
    return admitting
  }

  async #admit(input: AdmitRequest, id: string, trace: CallTrace | undefined): Promise<Admission | NotAdmitted> {
    const result = await this.#tryAdmit(input, id, trace)
    return result.admitted ? result : { ...result, id }
  }

  async #tryAdmit(input: AdmitRequest, hold: string, trace: CallTrace | undefined): Promise<Admission | AdmitFailure> {
    const request = readAdmit(input)
    if (typeof request === 'string') return { admitted: false, reason: 'request_invalid', message: request }
    const { atLeast, signal } = request
    const found = this.#options.stateFor(atLeast)
    const state = found instanceof Promise ? await found : found
    if ('reason' in state) return { admitted: false, reason: 'policy_unavailable', unavailable: state }
    if (signal?.aborted) return { admitted: false, reason: 'aborted' }
    const at = this.#options.now()
    const { model, team, operation } = request
    const who = this.#whoOf(request)
    const decision = alikeUnknown(authorize({ type: 'use', who, model, team, operation, at }, state), who)
    trace?.decide({ who, model, team, operation }, state, decision, isUnreadable(who))
    if (decision.effect === 'deny') return { admitted: false, reason: 'denied', denial: decision }
    const estimated = estimateOf(request, decision)
    if (typeof estimated === 'string') return { admitted: false, reason: 'request_invalid', message: estimated }
    const { estimate } = estimated
    trace?.estimate(estimate)
    const terms = { decision, hold, labels: labelsOf(request), startedAt: at, trace }
    const { ledger } = this.#options.port
    if (ledger === undefined || estimate === 0n || decision.walletPath.length === 0)
      return await this.#admitUnreserved(ledger, estimate, terms)
    return this.#concludeReserve(await this.#reserve(ledger, estimated, signal, terms), ledger, terms)
  }

  /** Returns the caller of a request as `authorize` takes it. */
  #whoOf({ token, credential, principal }: AdmitCaller): Who {
    if (token !== undefined) return this.#options.tokens.callerOf(token)
    return credential === undefined ? (principal as Who) : { type: 'credential', id: credential }
  }

  /** Admits a call for which nothing is reserved. */
  async #admitUnreserved(
    ledger: CreditLedger | undefined,
    estimate: bigint,
    terms: CallTerms,
  ): Promise<Admission | AdmitFailure> {
    const { decision } = terms
    if (ledger === undefined && decision.payer.type === 'wallet') {
      return {
        admitted: false,
        reason: 'ledger_unavailable',
        message: 'the engine has no ledger, and the payer is metered',
      }
    }
    if (ledger !== undefined && estimate === 0n && decision.payer.type === 'wallet') {
      const refused = await this.#refuseFreeCall(ledger, decision.payer.wallet, decision)
      if (refused !== undefined) return refused
    }
    return new LiveCall(this.#options.port, terms, undefined)
  }

  #reserve(
    ledger: CreditLedger,
    { estimate: amount, minEstimate }: Estimated,
    signal: AbortSignal | undefined,
    { hold, decision, labels }: CallTerms,
  ): Promise<ReserveResult | AdmitFailure> {
    const { ttl } = this.#options
    const path = decision.walletPath
    const isPlain = minEstimate === undefined && labels === noLabels
    const least = minEstimate === undefined ? {} : { minAmount: minEstimate }
    // The ledger reads a reserve without optional fields fastest.
    const reserve = isPlain ? { hold, path, amount, ttl } : { hold, path, amount, ttl, ...least, ...labels }
    return new ReserveTry(this.#options, ledger, reserve, signal).run()
  }

  #concludeReserve(
    result: ReserveResult | AdmitFailure,
    ledger: CreditLedger,
    terms: CallTerms,
  ): Admission | AdmitFailure {
    if ('admitted' in result) return result
    const { decision, hold } = terms
    if (!result.ok) return { admitted: false, reason: 'refused', refusal: result, decision }
    const { port, isClosed } = this.#options
    if (isClosed()) {
      void port.outbox.send({ what: 'release', send: () => ledger.release({ hold }) })
      return { admitted: false, reason: 'policy_unavailable', unavailable: policyUnavailable('the engine was closed') }
    }
    return new LiveCall(port, terms, result.amount)
  }

  /**
   * Refuses a call that is expected to cost nothing if the payer's wallet is missing, frozen, closed or owes overdraft, as
   * a reservation would be.
   */
  async #refuseFreeCall(ledger: CreditLedger, wallet: Wallet, decision: UseAllowed): Promise<AdmitFailure | undefined> {
    try {
      const state = await this.#options.deadline.race(ledger.wallet(wallet), 'reading the wallet')
      const reason = reasonAgainst(state)
      if (reason === undefined) return undefined
      const { available, reserved } = state?.balance ?? { available: 0n, reserved: 0n }
      const retry = reason === 'wallet_overdrawn' ? 'after_top_up' : 'never'
      const refusal = { ok: false, reason, wallet, needed: 0n, available, reserved, retry } as const
      return { admitted: false, reason: 'refused', refusal, decision }
    } catch (error) {
      return { admitted: false, reason: 'ledger_unavailable', message: messageOf(error) }
    }
  }
}

/** Returns why a wallet admits no call, not even one that costs nothing, or `undefined`. */
function reasonAgainst(state: WalletState | undefined): RefusalReason | undefined {
  if (state === undefined) return 'wallet_unknown'
  if (state.status !== 'open') return state.status === 'closed' ? 'wallet_closed' : 'wallet_frozen'
  return state.balance.overdraft > 0n ? 'wallet_overdrawn' : undefined
}

const noLabels: CallTerms['labels'] = Object.freeze({})

function labelsOf({ tags, note }: AdmitRequest): CallTerms['labels'] {
  if (tags === undefined && note === undefined) return noLabels
  return { ...(tags === undefined ? {} : { tags }), ...(note === undefined ? {} : { note }) }
}

/** Returns the amounts of a request, or what is wrong with them. */
function estimateOf({ estimate, minEstimate }: AdmitRequest, decision: UseAllowed): Estimated | string {
  if (typeof estimate === 'bigint') return { estimate, minEstimate }
  try {
    const computed: unknown = estimate(decision)
    if (computed instanceof Promise) computed.catch(() => undefined)
    const amounts = readEstimated(computed, minEstimate)
    return faultOfEstimate(amounts.estimate, amounts.minEstimate) ?? (amounts as Estimated)
  } catch (error) {
    return `\`estimate\` threw: ${messageOf(error)}`
  }
}

/** Reads what an `estimate` function returned. A `minEstimate` of the request counts first. */
function readEstimated(
  computed: unknown,
  minEstimate: bigint | undefined,
): { estimate: unknown; minEstimate: unknown } {
  if (typeof computed !== 'object' || computed === null) return { estimate: computed, minEstimate }
  const { estimate, minEstimate: least } = computed as Estimated
  return { estimate, minEstimate: minEstimate ?? least }
}
