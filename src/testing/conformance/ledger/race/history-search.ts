import type { Instant } from '../../../../model/value/instant.ts'
import { answerCall } from '../../../reference/ledger-model/answer-call.ts'
import { emptyLedgerModel, type LedgerModel, textOf, textOfModel } from '../../../reference/ledger-model/state.ts'
import type { HistoryCall } from './history-log.ts'

/**
 * The result of checking whether a history is linearizable: whether some sequential order of its calls explains every
 * result.
 */
export type Linearization =
  /**
   * The history is linearizable. In `order`, each call takes effect between its invocation and its result. A call
   * without a result is in `order` only if the call took effect.
   */
  | { readonly verdict: 'linearizable'; readonly order: readonly HistoryCall[] }
  /** The history is not linearizable: no order explains every result. */
  | { readonly verdict: 'not_linearizable'; readonly deadEnd: DeadEnd }
  /** The search reached its limit before it found an answer. */
  | { readonly verdict: 'undecided' }

/**
 * The end of the longest order that the search tried. Each call in `next` could come next, but its result would be
 * `wouldBe` and not the recorded result.
 */
interface DeadEnd {
  readonly order: readonly HistoryCall[]
  readonly next: readonly { readonly call: HistoryCall; readonly wouldBe: unknown }[]
}

/**
 * The maximum number of model states that a search visits. A typical history of 24 calls needs tens of states, a fully
 * concurrent history thousands.
 */
const searchLimit = 100_000

/**
 * Searches for a sequential order that explains every result of a history, starting from an empty ledger. Tries each
 * call that may be next (Wing and Gong). Visits each combination of completed calls and model state only once (Lowe).
 */
export function linearizeHistory(calls: readonly HistoryCall[], at: Instant, limit = searchLimit): Linearization {
  const search = new OrderSearch(calls, limit)
  const order = search.from(emptyLedgerModel(at), 0n, [])
  if (order !== undefined) return { verdict: 'linearizable', order }
  return search.isExhausted ? { verdict: 'undecided' } : { verdict: 'not_linearizable', deadEnd: search.deadEnd }
}

class OrderSearch {
  readonly #calls: readonly HistoryCall[]
  readonly #answers: readonly string[]
  readonly #seen = new Set<string>()
  readonly #limit: number
  isExhausted = false
  deadEnd: DeadEnd = { order: [], next: [] }

  constructor(calls: readonly HistoryCall[], limit: number) {
    // In order of results. A call without a result comes last, since it may have had no effect.
    this.#calls = [...calls].sort((a, b) => endOf(a) - endOf(b))
    this.#answers = this.#calls.map(({ answered }) => textOf(answered?.result))
    this.#limit = limit
  }

  /**
   * Returns a complete order that begins with `before`, or `undefined` if none is found. `done` is a bit mask of the
   * calls in `before`. `model` is the state after these calls.
   */
  from(model: LedgerModel, done: bigint, before: readonly HistoryCall[]): readonly HistoryCall[] | undefined {
    const open = [...this.#calls.keys()].filter((i) => (done & (1n << BigInt(i))) === 0n)
    const firstEnd = Math.min(...open.map((i) => endOf(this.#calls[i])))
    if (firstEnd === Number.POSITIVE_INFINITY) return before

    const wrong: { call: HistoryCall; wouldBe: unknown }[] = []
    const steps: { call: HistoryCall; done: bigint; after: LedgerModel }[] = []
    for (const i of open) {
      const call = this.#calls[i] as HistoryCall
      if (call.invokedAt > firstEnd) continue
      const { result, after } = answerCall(model, call)
      const isAnswered = call.answered !== undefined
      if (isAnswered && textOf(result) !== this.#answers[i]) {
        wrong.push({ call, wouldBe: result })
        continue
      }
      const step = { call, done: done | (1n << BigInt(i)), after }
      // A call that changes nothing can come first: every order that continues from here works after it too.
      if (after === model && isAnswered) return this.from(after, step.done, [...before, call])
      if (after !== model) steps.push(step)
    }
    if (before.length >= this.deadEnd.order.length) this.deadEnd = { order: before, next: wrong }
    // Orders branch here, so only here can two orders have reached the same state.
    if (steps.length > 1 && this.#isSeen(model, done)) return undefined
    for (const { call, done: next, after } of steps) {
      const order = this.from(after, next, [...before, call])
      if (order !== undefined || this.isExhausted) return order
    }
    return undefined
  }

  #isSeen(model: LedgerModel, done: bigint): boolean {
    const place = `${done.toString(36)} ${textOfModel(model)}`
    if (this.#seen.has(place)) return true
    if (this.#seen.size >= this.#limit) {
      this.isExhausted = true
      return true
    }
    this.#seen.add(place)
    return false
  }
}

/** Returns the time of a call's result, or infinity for a call without a result. */
function endOf(call: HistoryCall | undefined): number {
  return call?.answered?.at ?? Number.POSITIVE_INFINITY
}

/**
 * Shrinks a history that is not linearizable. The shrunk history ends at the first result that no order explains. Reads
 * and refusals are removed unless the contradiction needs them.
 */
export function shrinkHistory(calls: readonly HistoryCall[], at: Instant): readonly HistoryCall[] {
  const isWrong = (some: readonly HistoryCall[]) => linearizeHistory(some, at).verdict === 'not_linearizable'
  const ends = calls
    .map(endOf)
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const end = ends.find((mark) => isWrong(until(calls, mark)))
  let least = end === undefined ? calls : until(calls, end)
  for (const call of least) {
    if (call.answered === undefined || hasEffect(call.answered.result)) continue
    const without = least.filter((one) => one !== call)
    if (isWrong(without)) least = without
  }
  return least
}

/** Returns the history up to a time: later calls and later results are removed. */
function until(calls: readonly HistoryCall[], mark: number): readonly HistoryCall[] {
  return calls
    .filter(({ invokedAt }) => invokedAt <= mark)
    .map((call) => {
      if (endOf(call) <= mark) return call
      const { answered: _, ...invoked } = call
      return invoked as HistoryCall
    })
}

function hasEffect(result: unknown): boolean {
  const { ok, replay } = Object(result) as { ok?: unknown; replay?: unknown }
  return ok === true && replay === false
}

/**
 * Formats a report on a history that is not linearizable: one line per call of the shrunk history, and the point at
 * which the search could not continue.
 */
export function reportHistory(calls: readonly HistoryCall[], at: Instant): string {
  const least = shrinkHistory(calls, at)
  const found = linearizeHistory(least, at)
  const deadEnd = found.verdict === 'not_linearizable' ? found.deadEnd : { order: [], next: [] }
  const numberOf = (call: HistoryCall) => least.indexOf(call) + 1
  const lines = least.map((call) => {
    const { answered, caller, invokedAt } = call
    const marks = `${invokedAt} to ${answered === undefined ? 'unknown' : answered.at}`
    const result = answered === undefined ? 'no result' : textOf(answered.result)
    return `${numberOf(call)}. caller ${caller}, ${marks}: ${call.call} ${textOf(call.request)}\n     ${result}`
  })
  const next = deadEnd.next.map(({ call, wouldBe }) => `then ${numberOf(call)}. would return\n     ${textOf(wouldBe)}`)
  return [
    'no sequential order of these calls explains their results',
    ...lines,
    `the longest order that does is ${deadEnd.order.map(numberOf).join(', ') || 'empty'}`,
    ...next,
  ].join('\n')
}
