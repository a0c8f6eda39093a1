import type { CreditLedger } from '../../port/credit-ledger.ts'
import { LedgerError } from '../../port/ledger-error.ts'
import type { Reserve } from '../../port/ledger-request.ts'
import type { ReserveResult } from '../../port/ledger-result.ts'
import { messageOf } from '../notice/message.ts'
import type { Deadline, Waiting } from '../time/deadline.ts'
import { onAbort } from '../time/on-abort.ts'
import { Backoff, pause } from '../time/wait.ts'
import type { AdmitFailure } from './admit-request.ts'
import type { Outbox } from './outbox.ts'

/** What a reservation needs from its engine. */
export interface ReservePort {
  readonly deadline: Deadline
  readonly port: { readonly outbox: Outbox }
}

/**
 * A reservation that is tried until it has a result or is given up: at the deadline, or when the caller's signal is
 * aborted. Given up, it releases what the ledger may have reserved.
 */
export class ReserveTry implements Waiting {
  readonly what = 'the reservation'
  lateAt = 0
  readonly #options: ReservePort
  readonly #ledger: CreditLedger
  readonly #request: Reserve
  readonly #signal: AbortSignal | undefined
  /** Whether a try is under way, or the outcome of one is not known. */
  #isUncertain = false
  #stop: AbortController | undefined
  #stopListening: (() => void) | undefined
  #resolve: ((result: ReserveResult | AdmitFailure) => void) | undefined

  constructor(options: ReservePort, ledger: CreditLedger, request: Reserve, signal: AbortSignal | undefined) {
    this.#options = options
    this.#ledger = ledger
    this.#request = request
    this.#signal = signal
  }

  /** Reserves. Resolves with the result of the ledger, or with why there is none. Never rejects. */
  run(): Promise<ReserveResult | AdmitFailure> {
    return new Promise((resolve) => {
      this.#resolve = resolve
      this.#options.deadline.add(this)
      const signal = this.#signal
      if (signal !== undefined) {
        const giveUp = () => this.late(new LedgerError('call_aborted', 'unknown', 'the call was given up'))
        this.#stopListening = onAbort(signal, giveUp)
      }
      void this.#try()
    })
  }

  /** Gives up. */
  late(error: unknown): void {
    if (this.#resolve === undefined) return
    this.#stop?.abort()
    const { outbox } = this.#options.port
    const { hold } = this.#request
    const ledger = this.#ledger
    if (this.#isUncertain) void outbox.send({ what: 'release', send: () => ledger.release({ hold }) })
    if (this.#signal?.aborted) this.#end({ admitted: false, reason: 'aborted' })
    else this.#end({ admitted: false, reason: 'ledger_unavailable', message: messageOf(error) })
  }

  /** Tries again after a failure that may pass: the reserve is idempotent. */
  async #try(): Promise<void> {
    let isUncertain = false
    let backoff: Backoff | undefined
    for (;;) {
      try {
        this.#isUncertain = true
        this.#end(await this.#ledger.reserve(this.#request, this.#signal && { signal: this.#signal }))
        return
      } catch (error) {
        isUncertain ||= !(error instanceof LedgerError && error.outcome === 'not_applied')
        this.#isUncertain = isUncertain
        if (!isTransient(error)) this.late(error)
        if (this.#resolve === undefined) return
        backoff ??= new Backoff(20, 500)
        this.#stop ??= new AbortController()
        await pause(backoff.next(), this.#stop.signal)
        if (this.#stop.signal.aborted) return
      }
    }
  }

  #end(result: ReserveResult | AdmitFailure): void {
    this.#options.deadline.delete(this)
    this.#stopListening?.()
    this.#resolve?.(result)
    this.#resolve = undefined
  }
}

/** Whether a repetition of the reserve can succeed. */
function isTransient(error: unknown): boolean {
  return error instanceof LedgerError && (error.code === 'ledger_unavailable' || error.code === 'ledger_timeout')
}
