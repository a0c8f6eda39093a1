/**
 * Maps each character that looks like a Latin letter to that letter. Covers digits, and lower-case Cyrillic and Greek
 * letters.
 */
const lookalikes: ReadonlyMap<string, string> = new Map(
  Object.entries({
    0: 'o',
    1: 'l',
    i: 'l',
    '|': 'l',
    а: 'a',
    в: 'b',
    с: 'c',
    ԁ: 'd',
    е: 'e',
    н: 'h',
    і: 'l',
    ї: 'l',
    ј: 'j',
    к: 'k',
    м: 'm',
    п: 'n',
    о: 'o',
    р: 'p',
    ѕ: 's',
    т: 't',
    у: 'y',
    х: 'x',
    α: 'a',
    β: 'b',
    ε: 'e',
    ι: 'l',
    κ: 'k',
    ν: 'v',
    ο: 'o',
    ρ: 'p',
    τ: 't',
    υ: 'u',
    χ: 'x',
    ı: 'l',
    ɡ: 'g',
  }),
)

const plain = /^[a-hj-z2-9]*$/
const separators = /[-_. ]+/g
const digit = /[0-9]/

/**
 * Reduces a name to its skeleton, which is equal for names that look alike: Unicode compatibility forms, case,
 * lookalike characters and separators are ignored. A separator between two digits counts, so that `gpt-3.5` and
 * `gpt-35` differ, and so do `team-1-12` and `team-11-2`.
 */
export function skeletonOf(name: string): string {
  if (plain.test(name)) return name
  const folded = name.normalize('NFKC').toLowerCase()
  const joined = folded.replace(separators, (separator: string, at: number) =>
    digit.test(folded[at - 1] ?? '') && digit.test(folded[at + separator.length] ?? '') ? '.' : '',
  )
  if (joined === '') return name
  let skeleton = ''
  for (const character of joined) skeleton += lookalikes.get(character) ?? character
  return skeleton
}
