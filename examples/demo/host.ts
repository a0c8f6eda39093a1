import { type Applied, apply, credit, type Event, emptyState, type State, type Wallet } from 'portcullis'
import { createMemoryClock, createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'
import { commandOf, type Step } from './step.ts'

/** A step with its answer. */
export interface Answered {
  readonly step: Step
  readonly applied: Applied
  readonly microseconds: number
}

/** A host of the library: it holds the state, the log and the ledger, and is the only one who changes them. */
export class Host {
  readonly clock = createMemoryClock()
  readonly ledger = createMemoryCreditLedger({ clock: this.clock })
  readonly repository = createMemoryRepository()
  readonly answered: Answered[] = []
  /** What each event that brought credits brought, and to whom. */
  readonly allocated: { readonly version: number; readonly wallet: Wallet; readonly amount: bigint }[] = []
  #state: State = emptyState

  get state(): State {
    return this.#state
  }

  /** The state as it was after the steps up to an instant, that instant included. */
  stateAt(at: number): State {
    const last = this.answered.findLast(({ step, applied }) => applied.ok && step.at <= at)
    return last?.applied.ok ? last.applied.state : emptyState
  }

  /** Gives the step's command: applied, stored, and its credits booked, or refused. */
  async take(step: Step): Promise<void> {
    this.clock.set(step.at)
    const started = performance.now()
    const applied = apply(commandOf(step), this.#state)
    this.answered.push({ step, applied, microseconds: (performance.now() - started) * 1000 })
    if (!applied.ok) return
    const { version } = this.#state
    const committed = await this.repository.commit(applied.events, version)
    if (committed.type !== 'committed') throw new Error(`the log is at version ${committed.version}, not ${version}`)
    this.#state = applied.state
    for (const [i, event] of applied.events.entries()) await this.#book(event, version + 1 + i)
  }

  /** Credits enter by an event, and are booked once under the event's own version. */
  async #book(event: Event, version: number): Promise<void> {
    if (event.type !== 'CreditsAllocated') return
    const { wallet } = event
    const amount = credit(event.amount)
    const granted = await this.ledger.grant({ key: `event ${version}`, wallet, amount })
    if (!granted.ok) throw new Error(`the ledger refused a grant: ${granted.reason}`)
    this.allocated.push({ version, wallet, amount })
  }
}
