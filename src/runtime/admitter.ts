import { createHash } from 'node:crypto'
import type { Wallet } from '../model/noun/wallet.ts'
import type { State } from '../model/state/state.ts'
import type { Instant } from '../model/value/instant.ts'
import { authorize } from '../policy/authorize.ts'
import type { UseAllowed } from '../policy/decision/decision.ts'
import type { Who } from '../policy/request/request.ts'
import type { CreditLedger } from '../port/credit-ledger.ts'
import { LedgerError } from '../port/ledger-error.ts'
import type { Reserve } from '../port/ledger-request.ts'
import type { RefusalReason, ReserveResult } from '../port/ledger-result.ts'
import type { WalletState } from '../port/ledger-state.ts'
import { type Admission, type CallPort, LiveCall } from './admission.ts'
import { type AdmitCaller, type AdmitRequest, faultOfEstimate, type NotAdmitted, readAdmit } from './admit-request.ts'
import type { Deadline } from './deadline.ts'
import { HoldIds } from './hold-id.ts'
import { messageOf } from './message.ts'
import { onAbort } from './on-abort.ts'
import { type PolicyUnavailable, policyUnavailable } from './unavailable.ts'
import { Backoff, pause } from './wait.ts'

export interface AdmitterOptions {
  readonly port: CallPort
  readonly now: () => Instant
  readonly ttl: number
  readonly deadline: Deadline
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

  async admit(input: AdmitRequest): Promise<Admission | NotAdmitted> {
    const request = readAdmit(input)
    if (typeof request === 'string') return { admitted: false, reason: 'request_invalid', message: request }
    const { atLeast, signal } = request
    const found = this.#options.stateFor(atLeast)
    const state = found instanceof Promise ? await found : found
    if ('reason' in state) return { admitted: false, reason: 'policy_unavailable', unavailable: state }
    if (signal?.aborted) return { admitted: false, reason: 'aborted' }
    const at = this.#options.now()
    const { model, team, operation } = request
    const decision = authorize({ type: 'use', who: whoOf(request), model, team, operation, at }, state)
    if (decision.effect === 'deny') return { admitted: false, reason: 'denied', denial: decision }
    const estimate = estimateOf(request, decision)
    if (typeof estimate === 'string') return { admitted: false, reason: 'request_invalid', message: estimate }
    return await this.#reserve({ ...request, estimate }, decision, at)
  }

  async #reserve(request: Estimated, decision: UseAllowed, startedAt: Instant): Promise<Admission | NotAdmitted> {
    const { port, ttl } = this.#options
    const { estimate, minEstimate, tags, note, signal } = request
    const hold = this.#ids.next()
    const labels = { ...(tags === undefined ? {} : { tags }), ...(note === undefined ? {} : { note }) }
    const { walletPath } = decision
    if (port.ledger === undefined && decision.payer.type === 'wallet') {
      return {
        admitted: false,
        reason: 'ledger_unavailable',
        message: 'the engine has no ledger, and the payer is metered',
      }
    }
    if (port.ledger !== undefined && estimate === 0n && decision.payer.type === 'wallet') {
      const refused = await this.#refuseFreeCall(port.ledger, decision.payer.wallet, decision)
      if (refused !== undefined) return refused
    }
    if (port.ledger === undefined || walletPath.length === 0 || estimate === 0n) {
      return new LiveCall(port, { decision, hold, reserved: undefined, labels, startedAt })
    }
    const least = minEstimate === undefined ? {} : { minAmount: minEstimate }
    const reserve: Reserve = { hold, path: walletPath, amount: estimate, ...least, ...labels, ttl }
    const result = await this.#tryReserve(port.ledger, reserve, signal)
    if ('admitted' in result) return result
    if (!result.ok) return { admitted: false, reason: 'refused', refusal: result, decision }
    if (this.#options.isClosed()) {
      const { ledger } = port
      void port.outbox.send('release', () => ledger.release({ hold }))
      return { admitted: false, reason: 'policy_unavailable', unavailable: policyUnavailable('the engine was closed') }
    }
    return new LiveCall(port, { decision, hold, reserved: result.amount, labels, startedAt })
  }

  /**
   * Refuses a call that is expected to cost nothing if the payer's wallet is missing, frozen, closed or owes overdraft, as
   * a reservation would be.
   */
  async #refuseFreeCall(ledger: CreditLedger, wallet: Wallet, decision: UseAllowed): Promise<NotAdmitted | undefined> {
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

  /** Reserves before the deadline. When it gives up, it releases what the ledger may have reserved. */
  async #tryReserve(
    ledger: CreditLedger,
    request: Reserve,
    signal: AbortSignal | undefined,
  ): Promise<ReserveResult | NotAdmitted> {
    const { deadline, port } = this.#options
    const trying = new ReserveTry(ledger, request, signal)
    let failure: unknown
    try {
      return await unlessAborted(deadline.race(trying.run(), 'the reservation'), signal)
    } catch (error) {
      failure = error
    }
    const { isUncertain } = trying.giveUp()
    const { hold } = request
    if (isUncertain) void port.outbox.send('release', () => ledger.release({ hold }))
    if (signal?.aborted) return { admitted: false, reason: 'aborted' }
    return { admitted: false, reason: 'ledger_unavailable', message: messageOf(failure) }
  }
}

/** Returns why a wallet admits no call, not even one that costs nothing, or `undefined`. */
function reasonAgainst(state: WalletState | undefined): RefusalReason | undefined {
  if (state === undefined) return 'wallet_unknown'
  if (state.status !== 'open') return state.status === 'closed' ? 'wallet_closed' : 'wallet_frozen'
  return state.balance.overdraft > 0n ? 'wallet_overdrawn' : undefined
}

/** A request whose estimate is known. */
type Estimated = AdmitRequest & { readonly estimate: bigint }

/** Returns the estimate of a request, or what is wrong with it. */
function estimateOf({ estimate, minEstimate }: AdmitRequest, decision: UseAllowed): bigint | string {
  if (typeof estimate === 'bigint') return estimate
  try {
    const computed: unknown = estimate(decision)
    if (computed instanceof Promise) computed.catch(() => undefined)
    return faultOfEstimate(computed, minEstimate) ?? (computed as bigint)
  } catch (error) {
    return `\`estimate\` threw: ${messageOf(error)}`
  }
}

/** A reservation that is tried until it has a result or is given up. */
class ReserveTry {
  readonly #ledger: CreditLedger
  readonly #request: Reserve
  readonly #signal: AbortSignal | undefined
  /** Whether a try is under way, or its outcome is not known. */
  #isUncertain = false
  #stop: AbortController | undefined

  constructor(ledger: CreditLedger, request: Reserve, signal: AbortSignal | undefined) {
    this.#ledger = ledger
    this.#request = request
    this.#signal = signal
  }

  /** Reserves, and tries again after a failure that may pass: the reserve is idempotent. */
  async run(): Promise<ReserveResult> {
    let isUncertain = false
    let backoff: Backoff | undefined
    for (;;) {
      try {
        this.#isUncertain = true
        return await this.#ledger.reserve(this.#request, this.#signal && { signal: this.#signal })
      } catch (error) {
        isUncertain ||= !(error instanceof LedgerError && error.outcome === 'not_applied')
        this.#isUncertain = isUncertain
        if (!isTransient(error) || this.#stop?.signal.aborted) throw error
        backoff ??= new Backoff(20, 500)
        this.#stop ??= new AbortController()
        await pause(backoff.next(), this.#stop.signal)
        if (this.#stop.signal.aborted) throw error
      }
    }
  }

  /** Stops to try. Returns whether the ledger may have reserved, or may still do so. */
  giveUp(): { readonly isUncertain: boolean } {
    this.#stop ??= new AbortController()
    this.#stop.abort()
    return { isUncertain: this.#isUncertain }
  }
}

/** Whether a repetition of the reserve can succeed. */
function isTransient(error: unknown): boolean {
  return error instanceof LedgerError && (error.code === 'ledger_unavailable' || error.code === 'ledger_timeout')
}

/** Resolves with a result, or rejects as soon as the caller's signal is aborted. */
function unlessAborted<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer
  return new Promise((resolve, reject) => {
    const cancel = onAbort(signal, () => reject(new LedgerError('call_aborted', 'unknown', 'the call was given up')))
    answer.then(resolve, reject).finally(cancel)
  })
}

/** Returns the caller of a request as `authorize` takes it. */
function whoOf({ token, credential, principal }: AdmitCaller): Who {
  if (token !== undefined) return { type: 'credentialDigest', digest: tokenDigest(token) }
  return credential === undefined ? (principal as Who) : { type: 'credential', id: credential }
}

/** Returns the SHA-256 digest of a secret as 64 hexadecimal digits, for `IssueCredential`. */
export function tokenDigest(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
