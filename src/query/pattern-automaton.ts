/**
 * Reads a name character by character and tells which patterns with `*` it matches so far. States are numbers, 0 is the
 * state before the first character. Two names in the same state match the same patterns, whatever follows.
 */
export class PatternAutomaton {
  readonly #pattern: string
  readonly #states: (readonly number[])[]
  readonly #ids = new Map<string, number>()
  readonly #steps: Map<string, number>[] = []

  constructor(pattern: string) {
    this.#pattern = pattern
    this.#states = []
    this.#idOf([0])
  }

  /** The state after one more character. */
  step(state: number, character: string): number {
    const steps = this.#steps[state] as Map<string, number>
    const known = steps.get(character)
    if (known !== undefined) return known
    const next: number[] = []
    for (const at of this.#states[state] as readonly number[]) {
      if (this.#pattern[at] === '*') next.push(at)
      else if (this.#pattern[at] === character) next.push(at + 1)
    }
    const id = this.#idOf(next)
    steps.set(character, id)
    return id
  }

  /** Whether the name read so far matches the pattern. */
  isMatch(state: number): boolean {
    return (this.#states[state] as readonly number[]).includes(this.#pattern.length)
  }

  /** The id of a set of positions in the pattern. A `*` matches no characters too, so the position after it is added. */
  #idOf(positions: readonly number[]): number {
    const all = new Set<number>()
    for (const position of positions) {
      let at = position
      all.add(at)
      while (this.#pattern[at] === '*') {
        at += 1
        all.add(at)
      }
    }
    // What can follow an earlier position can also follow a later star: earlier positions add nothing.
    const lastStar = Math.max(-1, ...[...all].filter((at) => this.#pattern[at] === '*'))
    const kept = [...all].filter((at) => at >= lastStar).sort((a, b) => a - b)
    const key = kept.join()
    const known = this.#ids.get(key)
    if (known !== undefined) return known
    const id = this.#states.push(kept) - 1
    this.#steps.push(new Map())
    this.#ids.set(key, id)
    return id
  }
}
