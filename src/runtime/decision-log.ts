import type { Request } from '../policy/request/request.ts'
import { type Explanation, explain } from '../query/explain/explain.ts'
import type { DecidedEvent, EngineEvent } from './call/engine-event.ts'
import type { EngineListener } from './call/subscriber.ts'
import type { Engine } from './engine.ts'

export interface DecisionLogOptions {
  /** The number of decisions to keep, 1 to 1,000,000: about 500 bytes each. Default: 10,000. */
  readonly limit?: number | undefined
}

/** A decision that was found again. */
export interface FoundDecision {
  readonly event: DecidedEvent
  /** The outcome in one line for operators, such as `refused by the ledger: credits_insufficient; the policy allowed the call`. */
  readonly summary: string
  /**
   * Why the policy decided so, on the policy of that time. It says `allowed` of a call that the ledger refused: print the
   * summary before it. Absent if the caller was not known, or no policy was read.
   */
  readonly explanation?: Explanation
}

/** The latest decisions of an engine by id, such as the `x-request-id` in the answer to a client. */
export interface DecisionLog {
  /** Takes the events of an engine: pass it to `subscribe`. */
  readonly record: EngineListener
  /** Returns the decision with this id, or `undefined` if it is not kept. */
  find(id: string): DecidedEvent | undefined
  /**
   * Finds the decision with this id, and explains it on the policy that it was made on. Resolves with `undefined` if it is
   * not kept.
   * @throws {RepositoryError} when that policy cannot be read
   */
  explain(id: string, engine: Engine): Promise<FoundDecision | undefined>
}

const most = 1_000_000

/**
 * Creates a log of decisions in memory. Each node has the decisions of its own engine.
 * @throws {TypeError | RangeError} when an option is not as expected
 *
 * @example
 * const decisions = createDecisionLog()
 * engine.subscribe(decisions.record)
 * const refused = await engine.admit({ credential: 'key', model: 'other', operation: 'chat', estimate: 9n })
 * await new Promise((resolve) => setTimeout(resolve, 10))
 * const found = await decisions.explain(refused.id, engine)
 * console.log(found?.summary) // denied: model_unknown
 */
export function createDecisionLog(options: DecisionLogOptions = {}): DecisionLog {
  const { limit = 10_000 } = options
  if (!Number.isSafeInteger(limit)) throw new TypeError('`limit` must be an integer')
  if (limit < 1 || limit > most) throw new RangeError(`\`limit\` must be from 1 to ${most}, not ${limit}`)
  return new LatestDecisions(limit)
}

/** A ring: a map alone finds its oldest entry slowly after many deletions. */
class LatestDecisions implements DecisionLog {
  readonly #limit: number
  readonly #events = new Map<string, DecidedEvent>()
  readonly #ring: string[] = []
  #next = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  readonly record = (events: readonly EngineEvent[]): void => {
    for (const event of events) {
      if (event.type !== 'decided') continue
      const oldest = this.#ring[this.#next]
      if (oldest !== undefined) this.#events.delete(oldest)
      this.#ring[this.#next] = event.id
      this.#next = (this.#next + 1) % this.#limit
      this.#events.set(event.id, event)
    }
  }

  find(id: string): DecidedEvent | undefined {
    return this.#events.get(id)
  }

  async explain(id: string, engine: Engine): Promise<FoundDecision | undefined> {
    const event = this.find(id)
    if (event === undefined) return undefined
    const { version } = event
    const request = requestOf(event)
    const summary = summaryOf(event)
    if (version === undefined || request === undefined) return { event, summary }
    const current = engine.read((state) => state)
    const state = 'reason' in current || current.version !== version ? await engine.stateAt(version) : current
    return { event, summary, explanation: explain(request, state) }
  }
}

/** Tells the outcome of a decision, and that the policy allowed the call if something else refused it. */
function summaryOf({ outcome, reason, routes }: DecidedEvent): string {
  const what = outcome === 'refused' ? 'refused by the ledger' : outcome
  const why = reason === undefined ? '' : `: ${reason}`
  return what + why + (outcome !== 'allowed' && routes !== undefined ? '; the policy allowed the call' : '')
}

/** Returns the request of a decision, or `undefined` if its caller was not known. */
function requestOf(event: DecidedEvent): Request | undefined {
  const { at, principal, credential, team, model, operation, thing } = event
  const who = credential === undefined ? principal : ({ type: 'credential', id: credential } as const)
  if (who === undefined) return undefined
  if (thing !== undefined) return { type: 'manage', who, thing, at }
  if (model === undefined) return undefined
  const own = principal?.type === 'team' && principal.id === team
  return { type: 'use', who, model, at, operation, ...(team === undefined || own ? {} : { team }) }
}
