import type { WalletLevel } from '../../model/noun/wallet.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Payer, Route, UseAllowed } from '../../policy/decision/decision.ts'
import type { CreditLedger } from '../../port/credit-ledger.ts'
import type { Settle } from '../../port/ledger-request.ts'
import type { ReleaseResult, SettleResult } from '../../port/ledger-result.ts'
import type { EngineNotice } from '../notice/notice.ts'
import type { Ended, Ending } from './ending.ts'
import type { CallReport } from './engine-event.ts'
import type { HoldKeeper } from './hold-keeper.ts'
import type { Outbox } from './outbox.ts'

/**
 * A call that may be made now. End it once, with `settle` or `release`; the first ending counts. Until then its
 * reservation is kept alive. `await using` ends an admission that was left: it releases the reservation, or settles it at
 * the reserved amount if `start` was called.
 */
export interface Admission {
  readonly admitted: true
  /** The id of the decision. Events about the call have it. */
  readonly id: string
  readonly decision: UseAllowed
  /** The routes that the gateway may use, in order. Retries and fallbacks need no other decision. */
  readonly routes: readonly Route[]
  readonly payer: Payer
  readonly walletPath: readonly WalletLevel[]
  /** The id of the reservation. Absent if nothing is reserved. */
  readonly hold?: string
  /** The reserved amount: at most the estimate, at least `minEstimate`. Zero if nothing is reserved. */
  readonly amount: bigint
  /** Notes that the upstream call was sent, so that it may cost something even if the admission is left. */
  start(): void
  /**
   * Books the cost of the call in units of 10^-9, zero or more, and ends the admission. Sent until the ledger answers.
   * Repeated with the same cost, it returns the first result. Subscribers get the `report`. Never rejects.
   */
  settle(cost: bigint, report?: CallReport): Promise<Ended>
  /** Gives the reservation back and ends the admission. Sent until the ledger answers. Never rejects. */
  release(): Promise<Ended>
  [Symbol.asyncDispose](): Promise<void>
}

/** What a call needs from its engine. */
export interface CallPort {
  readonly ledger: CreditLedger | undefined
  readonly outbox: Outbox
  readonly keeper: HoldKeeper | undefined
  readonly notify: (notice: EngineNotice) => void
}

/** The terms of an admitted call. */
export interface CallTerms {
  readonly decision: UseAllowed
  readonly hold: string
  readonly labels: { readonly tags?: readonly string[]; readonly note?: string }
  readonly startedAt: Instant
  /** Notes the ending for subscribers, and returns a function that takes the ledger's answer. Neither throws. */
  readonly trace:
    | {
        readonly ended: (ending: Ending, cost: bigint, report: CallReport | undefined) => (ended: Ended) => void
      }
    | undefined
}

/** The largest amount that a ledger books: 2^63 - 1. */
const largest = 2n ** 63n - 1n

const costInvalid: Ended = Object.freeze({
  ok: false,
  reason: 'cost_invalid',
  message: 'expected a cost in units, a bigint from 0 to 2^63 - 1',
})

export class LiveCall implements Admission {
  readonly admitted = true
  readonly id: string
  readonly decision: UseAllowed
  readonly routes: readonly Route[]
  readonly payer: Payer
  readonly walletPath: readonly WalletLevel[]
  readonly hold?: string
  readonly amount: bigint
  readonly #port: CallPort
  readonly #terms: CallTerms
  #isStarted = false
  #end: { readonly ending: Ending; readonly cost: bigint; readonly result: Promise<Ended> } | undefined

  /** `reserved` is the reserved amount, or `undefined` if nothing is reserved. */
  constructor(port: CallPort, terms: CallTerms, reserved: bigint | undefined) {
    this.#port = port
    this.#terms = terms
    this.id = terms.hold
    this.decision = terms.decision
    this.routes = terms.decision.routes
    this.payer = terms.decision.payer
    this.walletPath = terms.decision.walletPath
    if (reserved !== undefined) this.hold = terms.hold
    this.amount = reserved ?? 0n
    if (this.hold !== undefined) port.keeper?.add(this.hold)
  }

  start(): void {
    this.#isStarted = true
  }

  settle(cost: bigint, report?: CallReport): Promise<Ended> {
    if (typeof cost !== 'bigint' || cost < 0n || cost > largest) return Promise.resolve(costInvalid)
    const end = this.#end
    if (end?.ending === 'settled' && end.cost === cost) return end.result
    return this.#endOnce('settled', cost, report)
  }

  release(): Promise<Ended> {
    if (this.#end?.ending === 'released') return this.#end.result
    return this.#endOnce('released', 0n)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#end !== undefined) await this.#end.result
    else if (this.#isStarted) await this.settle(this.amount)
    else await this.release()
  }

  #endOnce(ending: Ending, cost: bigint, report?: CallReport): Promise<Ended> {
    if (this.#end !== undefined)
      return Promise.resolve({ ok: false, reason: 'already_ended', ending: this.#end.ending })
    const result = ending === 'settled' ? this.#sendSettle(cost) : this.#sendRelease()
    this.#end = { ending, cost, result }
    if (this.hold !== undefined) this.#port.keeper?.delete(this.hold)
    const noteEnded = this.#terms.trace?.ended(ending, cost, report)
    // Runs before the caller gets the result, since it waits for the result first.
    if (noteEnded !== undefined) void result.then(noteEnded, () => undefined)
    return result
  }

  async #sendSettle(amount: bigint): Promise<Ended> {
    const { ledger, outbox, notify } = this.#port
    const { hold } = this.#terms
    if (ledger === undefined || this.walletPath.length === 0) return { ok: true, ending: 'settled' }
    const sent = await outbox.send<SettleResult>({
      what: 'settle',
      send: () => ledger.settle(this.hold === undefined ? this.#settleUnknown(amount) : { hold, amount }),
      sendInstead: (result) => {
        // When the ledger has lost the hold: the call was made, so its cost is booked.
        return this.hold !== undefined && isUnknown(result) ? ledger.settle(this.#settleUnknown(amount)) : undefined
      },
    })
    if (!sent.isAnswered) return { ok: false, reason: 'ledger_unavailable', message: sent.message }
    if (sent.answer.ok) return { ok: true, ending: 'settled', settled: sent.answer }
    notify({ type: 'settle_refused', hold, amount, reason: sent.answer.reason })
    return { ok: false, reason: 'refused', refusal: sent.answer }
  }

  /** Returns the settle of a hold that the ledger does not know. */
  #settleUnknown(amount: bigint): Settle {
    const { hold, labels, startedAt } = this.#terms
    return { hold, amount, ifUnknown: { path: this.walletPath, ...labels, startedAt } }
  }

  async #sendRelease(): Promise<Ended> {
    const { ledger, outbox } = this.#port
    const { hold } = this
    if (ledger === undefined || hold === undefined) return { ok: true, ending: 'released' }
    const sent = await outbox.send<ReleaseResult>({ what: 'release', send: () => ledger.release({ hold }) })
    if (!sent.isAnswered) return { ok: false, reason: 'ledger_unavailable', message: sent.message }
    return sent.answer.ok ? { ok: true, ending: 'released' } : { ok: false, reason: 'refused', refusal: sent.answer }
  }
}

/** Whether the ledger knows no hold, so that nothing was booked. */
function isUnknown(result: SettleResult): boolean {
  return !result.ok && result.reason === 'hold_unknown'
}
