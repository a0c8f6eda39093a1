import type { Target } from '../../model/noun/model-alias.ts'
import type { State } from '../../model/state/state.ts'
import type { Instant } from '../../model/value/instant.ts'
import { isAvailable } from '../../policy/availability.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import { isRetired, resolve } from '../../policy/route/resolve.ts'

/** Whether a name leads to a route that somebody could have at an instant: it is not retired, and a target that matters can serve. */
export function isLive(name: string, state: State, at: Instant, matters: (target: Target) => boolean): boolean {
  const resolved = resolve(name, state)
  if (isDenied(resolved)) return false
  if (resolved.alias !== undefined && isRetired(resolved.alias, evaluationTimeOf(at))) return false
  return resolved.targets.some((target) => matters(target) && isAvailable(target, state))
}

/** A list of names without those that fail a test. A name is tested when it is first come to, and once. */
export class SiftedNames {
  readonly #names: readonly string[]
  readonly #test: (name: string) => boolean
  readonly #passed: string[] = []
  #tested = 0

  constructor(names: readonly string[], test: (name: string) => boolean) {
    this.#names = names
    this.#test = test
  }

  /** The name at a place among those that pass, if there are so many. */
  at(place: number): string | undefined {
    while (this.#passed.length <= place && this.#tested < this.#names.length) {
      const name = this.#names[this.#tested] as string
      this.#tested += 1
      if (this.#test(name)) this.#passed.push(name)
    }
    return this.#passed[place]
  }
}

/** The names of several lists, each in the order of code units, in that order and each once. */
export function* namesInOrder(lists: readonly SiftedNames[]): IterableIterator<string> {
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
