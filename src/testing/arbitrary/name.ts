import fc from 'fast-check'
import { isId } from '../../model/value/id.ts'

/**
 * Legal ids that often break software: property names, delimiters, look-alikes, ids that look blank, and ids of maximum
 * length.
 */
export const nastyIds: readonly string[] = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'a',
  'A',
  'a/b',
  'a//b',
  '/',
  'a*',
  '*',
  'a.b',
  'a+',
  ' ',
  '0',
  'null',
  'everyone',
  'user:1',
  '\u00e9',
  'e\u0301',
  '\u{1f600}',
  '\u{1f469}\u200d\u{1f680}',
  'x'.repeat(255),
  'x'.repeat(256),
  `${'x'.repeat(255)}y`,
]

/** Generates any valid id. Most are from `nastyIds`. */
export const arbitraryId: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...nastyIds) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }).filter(isId) },
)

/** Generates a string that is not a valid id: empty, too long, or with a forbidden character. */
export const arbitraryBadId: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom('', 'x'.repeat(257)),
  fc
    .tuple(fc.string({ maxLength: 4 }), fc.constantFrom(...forbiddenCharacters()), fc.string({ maxLength: 4 }))
    .map((parts) => parts.join('')),
)

function forbiddenCharacters(): string[] {
  const span = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i))
  return [
    ...span(0x00, 0x1f),
    ...span(0x7f, 0x9f),
    ...span(0x2028, 0x202e),
    ...span(0x2066, 0x2069),
    ...span(0xd800, 0xd803),
    ...span(0xdc00, 0xdc03),
  ]
}

/**
 * The ids for the rows of one generated state, by kind. Kinds share ids: for example, a user may have the same id as a
 * team.
 */
export interface Names {
  readonly organizations: readonly string[]
  readonly users: readonly string[]
  readonly teams: readonly string[]
  readonly virtualAccounts: readonly string[]
  readonly credentials: readonly string[]
  readonly providerAccounts: readonly string[]
  readonly models: readonly string[]
  readonly modelAliases: readonly string[]
  readonly accessGroups: readonly string[]
  readonly restrictions: readonly string[]
  readonly plans: readonly string[]
}

/** Generates the ids of one state. The ids are few, so that rows refer to each other. */
export const arbitraryNames: fc.Arbitrary<Names> = fc
  .record({
    pool: fc.uniqueArray(arbitraryId, { minLength: 6, maxLength: 8 }),
    accounts: fc.uniqueArray(
      arbitraryId.filter((id) => !id.includes('/')),
      { minLength: 1, maxLength: 3 },
    ),
    groups: fc.shuffledSubarray(['gpt-models', 'gpt-4.1-models', 'claude-models', 'constructor', 'a', '0-1'], {
      minLength: 1,
    }),
    counts: fc.record({
      organizations: fc.integer({ min: 1, max: 3 }),
      users: fc.integer({ min: 1, max: 3 }),
      teams: fc.integer({ min: 1, max: 4 }),
      virtualAccounts: fc.integer({ min: 0, max: 2 }),
      credentials: fc.integer({ min: 2, max: 6 }),
      models: fc.integer({ min: 1, max: 3 }),
      modelAliases: fc.integer({ min: 1, max: 4 }),
      restrictions: fc.integer({ min: 0, max: 4 }),
      plans: fc.integer({ min: 0, max: 2 }),
    }),
  })
  .map(({ pool, accounts, groups, counts }) => {
    const models = pool.slice(0, counts.models)
    const concrete = `${accounts[0]}/${models[0]}`
    const modelAliases = pool.slice(1, 1 + counts.modelAliases)
    if (counts.modelAliases > 3 && isId(concrete) && !modelAliases.includes(concrete))
      modelAliases.splice(2, 1, concrete)
    return {
      organizations: pool.slice(0, counts.organizations),
      users: pool.slice(0, counts.users),
      teams: pool.slice(0, counts.teams),
      virtualAccounts: pool.slice(0, counts.virtualAccounts),
      credentials: pool.slice(0, counts.credentials),
      providerAccounts: accounts,
      models,
      modelAliases,
      accessGroups: groups,
      restrictions: pool.slice(0, counts.restrictions),
      plans: pool.slice(0, counts.plans),
    }
  })
