import type { Target } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import type { Instant } from '../../model/value/instant.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { isAvailable } from '../../policy/route/effective-alias.ts'
import { isRetired, resolve } from '../../policy/route/resolve.ts'

/**
 * Whether a name can give access at an instant. The name must not be retired, and at least one relevant target must be
 * available.
 */
export function isLive(name: string, state: State, at: Instant, isRelevant: (target: Target) => boolean): boolean {
  const resolved = resolve(name, state)
  if (isDenied(resolved)) return false
  if (resolved.alias !== undefined && isRetired(resolved.alias, evaluationTimeOf(at))) return false
  return resolved.targets.some((target) => isRelevant(target) && isAvailable(target, state))
}

/** A list of names that is filtered lazily: tests each name at most once, on first use. */
export class FilteredNames {
  readonly #names: readonly string[]
  readonly #test: (name: string) => boolean
  readonly #passed: string[] = []
  #tested = 0

  constructor(names: readonly string[], test: (name: string) => boolean) {
    this.#names = names
    this.#test = test
  }

  /** Returns the name at an index of the filtered list. `undefined` beyond the end of the list. */
  at(place: number): string | undefined {
    while (this.#passed.length <= place && this.#tested < this.#names.length) {
      const name = this.#names[this.#tested] as string
      this.#tested += 1
      if (this.#test(name)) this.#passed.push(name)
    }
    return this.#passed[place]
  }
}

/** Merges several sorted lists of names into one sorted list, without repetitions. */
export function* namesInOrder(lists: readonly FilteredNames[]): IterableIterator<string> {
  const places = lists.map(() => 0)
  const headOf = (list: number): string | undefined => lists[list]?.at(places[list] ?? 0)
  for (;;) {
    let first: string | undefined
    for (let i = 0; i < lists.length; i += 1) {
      const head = headOf(i)
      if (head !== undefined && (first === undefined || head < first)) first = head
    }
    if (first === undefined) return
    yield first
    for (let i = 0; i < lists.length; i += 1) if (headOf(i) === first) places[i] = (places[i] ?? 0) + 1
  }
}
