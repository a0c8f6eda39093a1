import { idLimit } from '../model/value/id.ts'
import { PatternAutomaton } from './pattern-automaton.ts'

/**
 * All names that match the same ones of some patterns. `name` is one of them: a name that no row mentions, so that a
 * decision about it holds for every other such name of the class.
 */
export interface NameClass {
  readonly name: string
  /** For each pattern, whether the names of the class match it. */
  readonly matched: readonly boolean[]
}

/** The classes into which patterns divide all names. */
export interface NameClasses {
  readonly patterns: readonly string[]
  readonly classes: readonly NameClass[]
  /** False if the search reached its limit, so that classes may be missing. */
  readonly isComplete: boolean
}

/** A condition on names: every pattern of `matching` matches, and no pattern of `notMatching` does. */
export interface NameCondition {
  readonly matching: readonly string[]
  readonly notMatching: readonly string[]
}

/** The maximum number of steps of a search, each of them one pattern that reads one character. */
const stepLimit = 1_000_000

/**
 * The classes into which patterns divide the names that are not in `taken`. Searches the names from the shortest on, by one
 * automaton for each pattern. Stops after a million steps, which dozens of ordinary patterns do not reach.
 */
export function nameClassesOf(patterns: readonly string[], taken: Iterable<string>): NameClasses {
  const distinct = [...new Set(patterns)].filter((pattern) => !/^\*+$/.test(pattern)).sort()
  return new ClassSearch(distinct, [...new Set(taken)].sort()).run()
}

interface SearchNode {
  readonly name: string
  readonly states: readonly number[]
  readonly form: NameForm
}

/** What decides whether a name can be that of an unlisted model. */
interface NameForm {
  /** The segment after the last slash. */
  readonly segment: '' | '.' | '..' | 'name'
  /** Whether the name ends with a space. */
  readonly isSpaced: boolean
  /** Whether an earlier part of the name rules it out: a space in front, a percent sign, or an empty or dotted segment. */
  readonly isOdd: boolean
}

class ClassSearch {
  readonly #patterns: readonly string[]
  readonly #taken: readonly string[]
  readonly #automata: readonly PatternAutomaton[]
  readonly #alphabet: readonly string[]
  readonly #seen = new Set<string>()
  readonly #classes = new Map<string, NameClass & { readonly isOrdinary: boolean }>()

  constructor(patterns: readonly string[], taken: readonly string[]) {
    this.#patterns = patterns
    this.#taken = taken
    this.#automata = patterns.map((pattern) => new PatternAutomaton(pattern))
    this.#alphabet = alphabetOf(patterns)
  }

  run(): NameClasses {
    const form: NameForm = { segment: '', isSpaced: false, isOdd: false }
    const queue: SearchNode[] = [{ name: '', states: this.#automata.map(() => 0), form }]
    let steps = 0
    for (let i = 0; i < queue.length; i += 1) {
      const node = queue[i] as SearchNode
      if (steps > stepLimit) return this.#result(false)
      for (const character of this.#alphabet) {
        steps += 1 + this.#automata.length
        const next = this.#next(node, character)
        if (next.name.length > idLimit || this.#isSeen(next)) continue
        queue.push(next)
        this.#accept(next)
      }
    }
    return this.#result(true)
  }

  #result(isComplete: boolean): NameClasses {
    const classes = [...this.#classes.values()].map(({ name, matched }) => ({ name, matched }))
    return { patterns: this.#patterns, classes, isComplete }
  }

  #next({ name, states, form }: SearchNode, character: string): SearchNode {
    return {
      name: name + character,
      states: states.map((state, i) => (this.#automata[i] as PatternAutomaton).step(state, character)),
      form: nextForm(form, character, name === ''),
    }
  }

  #isSeen({ name, states, form }: SearchNode): boolean {
    const start = isPrefix(name, this.#taken) ? name : ''
    const key = JSON.stringify([states, form.segment, form.isSpaced, form.isOdd, start])
    if (this.#seen.has(key)) return true
    this.#seen.add(key)
    return false
  }

  /** Notes the class of a name. A name that can be a model's replaces a name that cannot. */
  #accept({ name, states, form }: SearchNode): void {
    if (this.#taken[placeOf(name, this.#taken)] === name) return
    const matched = states.map((state, i) => (this.#automata[i] as PatternAutomaton).isMatch(state))
    const key = matched.join()
    const isOrdinary = !form.isOdd && !form.isSpaced && form.segment === 'name'
    const known = this.#classes.get(key)
    if (known === undefined || (isOrdinary && !known.isOrdinary)) this.#classes.set(key, { name, matched, isOrdinary })
  }
}

function nextForm({ segment, isOdd }: NameForm, character: string, isFirst: boolean): NameForm {
  const isSpaced = character === ' '
  if (character === '/') return { segment: '', isSpaced, isOdd: isOdd || segment !== 'name' }
  const next = character === '.' && segment === '' ? '.' : character === '.' && segment === '.' ? '..' : 'name'
  return { segment: next, isSpaced, isOdd: isOdd || character === '%' || character > '~' || (isFirst && isSpaced) }
}

/** The characters of the patterns, and a letter that no pattern has and that stands for all others. */
function alphabetOf(patterns: readonly string[]): readonly string[] {
  const characters = new Set(patterns.flatMap((pattern) => pattern.split('')))
  characters.delete('*')
  const other = [...'xyzabcdefghijklmnopqrstuvwXYZABCDEFGHIJKLMNOPQRSTUVW0123456789-_'].find(
    (character) => !characters.has(character),
  )
  return [...(other === undefined ? [] : [other]), ...[...characters].sort()]
}

/** The index of the first string of a sorted list that is not before a name. */
function placeOf(name: string, sorted: readonly string[]): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] as string) < name) low = middle + 1
    else high = middle
  }
  return low
}

const isPrefix = (name: string, sorted: readonly string[]): boolean =>
  sorted[placeOf(name, sorted)]?.startsWith(name) === true

/**
 * Conditions that together hold for exactly the names of the chosen classes, as few and as short as a greedy search finds.
 * If the classes are not complete, each condition names every pattern.
 */
export function conditionsFor(chosen: readonly NameClass[], all: NameClasses): readonly NameCondition[] {
  const others = all.classes.filter((one) => !chosen.includes(one))
  const found: { readonly of: NameClass; readonly kept: readonly number[] }[] = []
  const isCovered = (one: NameClass): boolean => found.some(({ of, kept }) => agree(of, one, kept))
  for (const one of chosen) {
    if (isCovered(one)) continue
    let kept = all.patterns.map((_, i) => i)
    if (all.isComplete) {
      const order = [...kept].sort((a, b) => Number(one.matched[a]) - Number(one.matched[b]))
      for (const i of order) {
        const rest = kept.filter((other) => other !== i)
        if (!others.some((other) => agree(one, other, rest))) kept = rest
      }
    }
    found.push({ of: one, kept })
  }
  return found.map(({ of, kept }) => ({
    matching: kept.filter((i) => of.matched[i]).map((i) => all.patterns[i] as string),
    notMatching: kept.filter((i) => !of.matched[i]).map((i) => all.patterns[i] as string),
  }))
}

/** Whether two classes match the same ones of some patterns, given by their indexes. */
function agree(a: NameClass, b: NameClass, patterns: readonly number[]): boolean {
  return patterns.every((i) => a.matched[i] === b.matched[i])
}
