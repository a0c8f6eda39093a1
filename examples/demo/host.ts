import { credit, type State, type Wallet } from 'portcullis'
import { createEngine, type Executed } from 'portcullis/engine'
import { createMemoryClock, createMemoryCreditLedger, createMemoryRepository } from 'portcullis/memory'
import type { Step } from './step.ts'

/** A step of the demo with the result of its command, and the state after it. */
export interface Answered {
  readonly step: Step
  readonly executed: Extract<Executed, { readonly ok: true } | { readonly reason: 'rejected' }>
  readonly state: State
  readonly microseconds: number
}

/** The stores of the application, and the engine over them. */
export class Host {
  readonly clock = createMemoryClock()
  readonly ledger = createMemoryCreditLedger({ clock: this.clock })
  readonly repository = createMemoryRepository()
  /** Holds live for five minutes of the day. They are not extended: the day passes in seconds. */
  readonly engine = createEngine({
    repository: this.repository,
    ledger: this.ledger,
    clock: this.clock,
    holdTtl: 300_000,
    maxCallDuration: 300,
  })
  readonly answered: Answered[] = []
  /** The allocated credits: the version of each allocating event, the wallet and the amount. */
  readonly allocated: { readonly version: number; readonly wallet: Wallet; readonly amount: bigint }[] = []

  /** The current policy. */
  get state(): State {
    const state = this.engine.read((current) => current)
    if ('reason' in state) throw new Error(state.message)
    return state
  }

  /** Returns the state after all steps up to and including an instant. */
  stateAt(at: number): State {
    const last = this.answered.findLast(({ step }) => step.at <= at)
    if (last === undefined) throw new Error('no step is so early')
    return last.state
  }

  /** Executes the command of a step, and waits until the ledger has the credits that it allocates. */
  async take(step: Step): Promise<void> {
    this.clock.set(step.at)
    const started = performance.now()
    const executed = await this.engine.execute(step.command, { actor: step.actor })
    const microseconds = (performance.now() - started) * 1000
    if (!executed.ok && executed.reason !== 'rejected') throw new Error(`a command failed: ${executed.reason}`)
    this.answered.push({ step, executed, state: this.state, microseconds })
    if (executed.ok) await this.#book(executed)
  }

  async #book({ events, version }: Answered['executed'] & { readonly ok: true }): Promise<void> {
    await this.engine.booked()
    for (const [i, event] of events.entries()) {
      if (event.type !== 'CreditsAllocated') continue
      this.allocated.push({
        version: version - events.length + 1 + i,
        wallet: event.wallet,
        amount: credit(event.amount),
      })
    }
  }
}
