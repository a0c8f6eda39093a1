import { type Applied, apply, credit, type Event, emptyState, type State, type Wallet } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'
import { commandOf, type Step } from './step.ts'

/** A step of the demo with the result of its command. */
export interface Answered {
  readonly step: Step
  readonly applied: Applied
  readonly microseconds: number
}

/** An application that hosts the library. Owns the state, the event log and the ledger. */
export class Host {
  readonly clock = createMemoryClock()
  readonly ledger = createMemoryCreditLedger({ clock: this.clock })
  readonly repository = createMemoryRepository()
  readonly answered: Answered[] = []
  /** The allocated credits: the version of each allocating event, the wallet and the amount. */
  readonly allocated: { readonly version: number; readonly wallet: Wallet; readonly amount: bigint }[] = []
  #state: State = emptyState

  get state(): State {
    return this.#state
  }

  /** Returns the state after all steps up to and including an instant. */
  stateAt(at: number): State {
    const last = this.answered.findLast(({ step, applied }) => applied.ok && step.at <= at)
    return last?.applied.ok ? last.applied.state : emptyState
  }

  /** Applies the command of a step. If the command is accepted, commits the events and grants the allocated credits. */
  async take(step: Step): Promise<void> {
    this.clock.set(step.at)
    const started = performance.now()
    const applied = apply(commandOf(step), this.#state)
    this.answered.push({ step, applied, microseconds: (performance.now() - started) * 1000 })
    if (!applied.ok) return
    const { version } = this.#state
    const committed = await this.repository.commit({ events: applied.events, schema: 1, expectedVersion: version })
    if (committed.type !== 'committed') throw new Error(`the log is no longer at version ${version}`)
    this.#state = applied.state
    for (const [i, event] of applied.events.entries()) await this.#book(event, version + 1 + i)
  }

  /**
   * Books the credits that an event allocates, or the allowance that an event sets. The idempotency key is the event's
   * version, so a retry does not book the event again.
   */
  async #book(event: Event, version: number): Promise<void> {
    const key = `event ${version}`
    if (event.type === 'CreditsAllocated') {
      const { wallet } = event
      const amount = credit(event.amount)
      const granted = await this.ledger.grant({ key, wallet, amount })
      if (!granted.ok) throw new Error(`the ledger refused a grant: ${granted.reason}`)
      this.allocated.push({ version, wallet, amount })
    }
    if (event.type === 'AllowanceSet') {
      const { wallet, allowance, period } = event
      const put = await this.ledger.putAllowance({ key, wallet, allowance, period, amount: credit(event.amount) })
      if (!put.ok) throw new Error(`the ledger refused an allowance: ${put.reason}`)
    }
  }
}
