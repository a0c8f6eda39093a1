import { LedgerError } from '../../port/ledger-error.ts'
import { messageOf } from '../notice/message.ts'
import type { EngineNotice } from '../notice/notice.ts'
import type { Deadline, Waiting } from '../time/deadline.ts'
import { Backoff, pause, waitAtMost } from '../time/wait.ts'

/** The result of a write, or the message of the error after which it was given up. */
export type Sent<T> =
  | { readonly isAnswered: true; readonly answer: T }
  | { readonly isAnswered: false; readonly message: string }

/** A write to the ledger. Idempotent, so it is repeated unchanged when its result was lost. */
export interface LedgerWrite<T> {
  readonly what: string
  send(): Promise<T>
  /** Returns the promise of a second write that replaces this result, or `undefined` to keep it. Default: keep it. */
  sendInstead?(answer: T): Promise<T> | undefined
}

/** Sends writes to the ledger until each is answered. Gives up only when the ledger or the engine is closed. */
export class Outbox {
  readonly #port: SendingPort
  readonly #closing = new AbortController()
  readonly #unanswered = new Set<Unanswered>()

  constructor(deadline: Deadline, notify: (notice: EngineNotice) => void) {
    this.#port = { deadline, notify, closing: this.#closing.signal, unanswered: this.#unanswered }
  }

  /** The number of writes that are not answered. */
  get unanswered(): number {
    return this.#unanswered.size
  }

  /** Sends a write until it is answered. Never rejects. */
  send<T>(write: LedgerWrite<T>): Promise<Sent<T>> {
    return new Sending(this.#port, write).sent
  }

  /** Waits for the answers for a number of milliseconds, then gives up the rest. */
  async close(milliseconds: number): Promise<void> {
    await waitAtMost(this.#allSent(), milliseconds)
    this.#closing.abort()
    await this.#allSent()
  }

  #allSent(): Promise<unknown> {
    return Promise.all([...this.#unanswered].map(({ sent }) => sent))
  }
}

interface Unanswered {
  readonly sent: Promise<unknown>
}

/** What a write needs from its outbox. */
interface SendingPort {
  readonly deadline: Deadline
  readonly notify: (notice: EngineNotice) => void
  readonly closing: AbortSignal
  readonly unanswered: Set<Unanswered>
}

/** A write that is sent until it is answered. Uses few promises and closures, because every model call creates one. */
class Sending<T> implements Waiting {
  readonly sent: Promise<Sent<T>>
  lateAt = 0
  readonly #port: SendingPort
  readonly #write: LedgerWrite<T>
  /** The number of failed tries. A result of an earlier try is ignored. */
  #failures = 0
  #backoff: Backoff | undefined
  #resolve: ((sent: Sent<T>) => void) | undefined

  constructor(port: SendingPort, write: LedgerWrite<T>) {
    this.#port = port
    this.#write = write
    this.sent = new Promise((resolve) => {
      this.#resolve = resolve
    })
    port.unanswered.add(this)
    void this.#try()
  }

  get what(): string {
    return this.#write.what
  }

  /** Ends the current try. */
  late(error: unknown): void {
    this.#failures += 1
    this.#port.deadline.delete(this)
    void this.#retry(error)
  }

  async #try(): Promise<void> {
    const failures = this.#failures
    this.#port.deadline.add(this)
    try {
      let answer = await this.#write.send()
      const instead = this.#write.sendInstead?.(answer)
      if (instead !== undefined) answer = await instead
      if (failures === this.#failures) this.#end({ isAnswered: true, answer })
    } catch (error) {
      if (failures === this.#failures) this.late(error)
    }
  }

  async #retry(error: unknown): Promise<void> {
    const { notify, closing } = this.#port
    const message = messageOf(error)
    const isClosed = error instanceof LedgerError && error.code === 'ledger_closed'
    if (!isClosed && !closing.aborted) {
      notify({ type: 'ledger_retry', write: this.what, message })
      this.#backoff ??= new Backoff(50, 5_000)
      await pause(this.#backoff.next(), closing)
    }
    if (isClosed || closing.aborted) this.#end({ isAnswered: false, message })
    else void this.#try()
  }

  #end(sent: Sent<T>): void {
    this.#port.deadline.delete(this)
    this.#port.unanswered.delete(this)
    this.#resolve?.(sent)
  }
}
