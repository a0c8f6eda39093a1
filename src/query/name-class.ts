import { isPlainModel } from '../model/noun/provider-account.ts'
import { idLimit } from '../model/value/id.ts'
import {
  isMatchAt,
  matchesName,
  type NameMatcher,
  type Positions,
  positionsAfter,
  positionsAfterOne,
} from './name-matcher.ts'

/**
 * A class of model names on an account with `anyModel`: names that match the same matchers. `sample` is one of the
 * names.
 */
export interface NameClass {
  readonly matching: ReadonlySet<NameMatcher>
  /** The name of a model, without the account. */
  readonly sample: string
}

/**
 * The maximum number of steps in the search for one account, fewer with more than 10 matchers. A name that only a longer
 * search finds has no class.
 */
const stepLimit = 20_000

/** The maximum number of steps of one search times the number of matchers. */
const workLimit = 200_000

/**
 * The maximum number of names to try for one combination of matcher positions. More than one, because a name may be
 * taken.
 */
const tryLimit = 8

/**
 * Returns every class of the unlisted model names that an account serves, each with a short sample that is not taken. A
 * breadth-first search through all matchers at once finds the samples, one character at a time.
 */
export function nameClasses(
  account: string,
  matchers: readonly NameMatcher[],
  isTaken: (model: string) => boolean,
): readonly NameClass[] {
  const [wild, single] = [matchers.filter(isWild), matchers.filter((matcher) => !isWild(matcher))]
  const isSingle = (model: string): boolean => single.some((one) => matchesName(one, `${account}/${model}`))
  const ordinary = new ClassSearch(account, wild, (model) => isTaken(model) || isSingle(model)).run()
  return [...ordinary, ...single.flatMap((one) => new ClassSearch(account, wild, isTaken, one).run())]
}

const isWild = ({ type }: NameMatcher): boolean => type === 'pattern'

/**
 * Returns the characters to search with: two characters that no matcher contains, then every character of a matcher.
 */
function alphabetOf(matchers: readonly NameMatcher[]): readonly string[] {
  const characters = new Set<string>()
  for (const { text, isAnyCase } of matchers) {
    for (const character of text) for (const one of casesOf(character, isAnyCase)) characters.add(one)
  }
  characters.delete('*')
  const others = [...'xyzabcdefghijklmnopqrstuvw0123456789'].filter((one) => !characters.has(one)).slice(0, 2)
  return [...others, ...[...characters].sort()]
}

/**
 * Returns a character in each case that can occur in a plain name. Both cases if the matcher ignores case; empty if the
 * character is not allowed.
 */
function casesOf(character: string, isAnyCase: boolean): readonly string[] {
  if (character < ' ' || character > '~' || character === '%') return []
  return isAnyCase ? [character, character.toUpperCase()] : [character]
}

interface SearchNode {
  readonly model: string
  /** The positions reached in the text of each matcher. */
  readonly positions: readonly Positions[]
  /** The positions reached in the matcher that every name must match. `undefined` without such a matcher. */
  readonly within: Positions | undefined
}

/** Searches for one sample name of each class. If `within` is set, finds only names that match this matcher. */
class ClassSearch {
  readonly #account: string
  readonly #matchers: readonly NameMatcher[]
  readonly #isTaken: (model: string) => boolean
  readonly #within: NameMatcher | undefined
  readonly #alphabet: readonly string[]
  readonly #start: SearchNode
  readonly #visits = new Map<string, number>()
  readonly #found = new Map<string, NameClass>()

  constructor(
    account: string,
    matchers: readonly NameMatcher[],
    isTaken: (model: string) => boolean,
    within?: NameMatcher,
  ) {
    this.#account = account
    this.#matchers = matchers
    this.#isTaken = isTaken
    this.#within = within
    this.#alphabet = within === undefined ? alphabetOf(matchers) : []
    const prefix = `${account}/`
    this.#start = {
      model: '',
      positions: matchers.map((matcher) => positionsAfter(matcher, prefix)),
      within: within && positionsAfter(within, prefix),
    }
  }

  run(): readonly NameClass[] {
    for (const model of this.#within === undefined ? readableNames(this.#account, this.#matchers) : []) this.#try(model)
    const nodes = [this.#start]
    const limit = Math.min(stepLimit, workLimit / Math.max(1, this.#matchers.length))
    for (let i = 0; i < nodes.length; i += 1) {
      const node = nodes[i] as SearchNode
      this.#keep(node)
      for (const character of this.#charactersAfter(node)) {
        if (nodes.length >= limit) break
        const next = this.#step(node, character)
        if (next !== undefined) nodes.push(next)
      }
    }
    return [...this.#found.values()]
  }

  #charactersAfter({ within }: SearchNode): readonly string[] {
    if (within === undefined || this.#within === undefined) return this.#alphabet
    const { text, isAnyCase } = this.#within
    return within.flatMap((position) => casesOf(text.charAt(position), isAnyCase))
  }

  #step({ model, positions, within }: SearchNode, character: string): SearchNode | undefined {
    const longer = model + character
    if (longer.length > idLimit || !mayBecomePlain(longer)) return undefined
    const next: SearchNode = {
      model: longer,
      positions: positions.map((from, i) => positionsAfterOne(this.#matchers[i] as NameMatcher, from, character)),
      within: within && this.#within && positionsAfterOne(this.#within, within, character),
    }
    const key = [...next.positions, next.within ?? [], [lastSegment(longer)]].map((part) => part.join()).join(';')
    const visits = this.#visits.get(key) ?? 0
    if (visits === tryLimit) return undefined
    this.#visits.set(key, visits + 1)
    return next
  }

  #keep({ model, positions, within }: SearchNode): void {
    if (this.#within !== undefined && !(within && isMatchAt(this.#within, within))) return
    this.#add(
      model,
      this.#matchers.map((matcher, i) => isMatchAt(matcher, positions[i] as Positions)),
    )
  }

  #try(model: string): void {
    this.#add(
      model,
      this.#matchers.map((matcher) => matchesName(matcher, `${this.#account}/${model}`)),
    )
  }

  #add(model: string, isMatching: readonly boolean[]): void {
    const key = isMatching.map(Number).join('')
    if (this.#found.has(key) || !isPlainModel(model) || this.#isTaken(model)) return
    const matching = this.#matchers.filter((_, i) => isMatching[i])
    this.#found.set(key, {
      matching: new Set(this.#within === undefined ? matching : [...matching, this.#within]),
      sample: model,
    })
  }
}

/** Returns names that read well as samples: `model`, and patterns with `model` in place of each star. */
function readableNames(account: string, matchers: readonly NameMatcher[]): readonly string[] {
  const prefix = `${account}/`
  const numbered = [2, 3, 4, 5, 6, 7, 8].map((number) => `model-${number}`)
  const inPatterns = matchers
    .filter(({ text }) => text.startsWith(prefix))
    .map(({ text }) => text.slice(prefix.length).replaceAll('*', 'model'))
  return ['model', ...numbered, ...inPatterns]
}

/** Whether a name is plain, or could become plain with more characters. */
function mayBecomePlain(model: string): boolean {
  return !model.startsWith(' ') && !/(?:^|\/)\.{0,2}\//.test(model)
}

/**
 * Returns the kind of a name's last path segment: the segment itself if it is empty or dots, a space if it ends in a
 * space, and otherwise `x`.
 */
function lastSegment(model: string): string {
  const segment = model.slice(model.lastIndexOf('/') + 1)
  if (/^\.{0,2}$/.test(segment)) return segment
  return segment.endsWith(' ') ? ' ' : 'x'
}
