import fc from 'fast-check'
import { isId } from '../../model/value/id.ts'
import type { Operations } from '../../model/value/operation.ts'
import type { AccessGroupMember, Scope, Selector } from '../../model/value/selector.ts'
import { arbitraryId, type Names } from './name.ts'

/** Generates a pattern that matches, or almost matches, one of these aliases. */
export function arbitraryPattern(aliases: readonly string[]): fc.Arbitrary<string> {
  const cut = fc
    .record({
      alias: fc.constantFrom('a', ...aliases),
      from: fc.nat(4),
      to: fc.nat(4),
      before: fc.boolean(),
      after: fc.boolean(),
    })
    .map(({ alias, from, to, before, after }) => {
      const middle = alias.slice(before ? from : 0, after ? alias.length - to : alias.length)
      return `${before ? '*' : ''}${middle}${after ? '*' : ''}`
    })
  const split = fc
    .record({ alias: fc.constantFrom('a', ...aliases), from: fc.nat(4), to: fc.nat(4) })
    .map(({ alias, from, to }) => `${alias.slice(0, from)}*${alias.slice(Math.max(from, alias.length - to))}`)
  const patterns = fc.oneof(fc.constantFrom('*', '**', 'A*', '*a', '*.*', '[a]*'), cut, split)
  return patterns.map((pattern) => (pattern.includes('*') && isId(pattern) ? pattern : '*'))
}

/**
 * Returns the routes `account/model` for all combinations of these names. The first two routes occur again in inverted
 * letter case.
 */
function routesOf({ providerAccounts, models }: Names): string[] {
  const routes = providerAccounts.flatMap((account) => [...models, 'unlisted'].map((model) => `${account}/${model}`))
  return [...routes, ...routes.slice(0, 2).map(inOtherCase)]
}

/** Returns the text with inverted letter case, for ASCII letters only. */
export function inOtherCase(text: string): string {
  return text.replace(/[a-zA-Z]/g, (letter) => (letter < 'a' ? letter.toLowerCase() : letter.toUpperCase()))
}

/** Generates a selector of things with these names. With `ghost`, some selectors name things that do not exist. */
export function arbitrarySelector(names: Names, ghost = false): fc.Arbitrary<Selector> {
  const known = <T>(ids: readonly T[], other: fc.Arbitrary<T>) =>
    ids.length === 0 ? other : fc.oneof({ weight: 5, arbitrary: fc.constantFrom(...ids) }, ...(ghost ? [other] : []))
  const providerAccount = known(names.providerAccounts, fc.constant('ghost'))
  const pattern = fc.oneof(arbitraryPattern(names.modelAliases), arbitraryPattern(routesOf(names)))
  const model = fc.record(
    { type: fc.constant('model' as const), providerAccount, model: known(names.models, arbitraryId) },
    { noNullPrototype: true },
  )
  // Patterns and accounts deny much, and so are drawn less often.
  return fc.oneof(
    {
      weight: 4,
      arbitrary: known(names.modelAliases, arbitraryId).map((alias) => ({ type: 'alias' as const, alias })),
    },
    { weight: 3, arbitrary: pattern.map((one) => ({ type: 'pattern' as const, pattern: one })) },
    { weight: 4, arbitrary: model },
    { weight: 3, arbitrary: providerAccount.map((id) => ({ type: 'providerAccount' as const, providerAccount: id })) },
  )
}

/**
 * Generates the scope of a credential: in 3 of 5 cases `all`, otherwise a list of selectors. The list may be empty.
 * Some selectors name things that do not exist; `arbitraryState` removes such selectors.
 */
export function arbitraryScope(names: Names): fc.Arbitrary<Scope> {
  return fc.oneof(
    { weight: 3, arbitrary: fc.constant({ type: 'all' as const }) },
    {
      weight: 2,
      arbitrary: fc
        .array(arbitrarySelector(names, true), { maxLength: 3 })
        .map((selectors) => ({ type: 'list' as const, selectors })),
    },
  )
}

/** Generates the operations of a credential: in 4 of 5 cases `all`, otherwise a list, which may be empty. */
export const arbitraryOperations: fc.Arbitrary<Operations> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ type: 'all' as const }) },
  {
    weight: 1,
    arbitrary: fc
      .subarray(['chat', 'embeddings', 'images'] as const)
      .map((operations) => ({ type: 'list' as const, operations })),
  },
)

/**
 * Generates the members of an access group, sometimes none. Some members name a model that does not exist;
 * `arbitraryState` removes such members.
 */
export function arbitraryMembers(names: Names): fc.Arbitrary<AccessGroupMember[]> {
  const aliases = names.modelAliases.map((alias) => ({ type: 'alias' as const, alias }))
  const others = fc.array(
    fc.oneof(
      fc.constant({ type: 'allAliases' as const }),
      arbitraryPattern(names.modelAliases).map((pattern) => ({ type: 'aliasPattern' as const, pattern })),
    ),
    { maxLength: 1 },
  )
  const named = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 3, arbitrary: fc.constant(aliases) },
    { weight: 2, arbitrary: fc.subarray(aliases) },
  )
  const routes = fc.oneof(
    { weight: 1, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.uniqueArray(arbitraryModelMember(names), { maxLength: 3, selector: JSON.stringify }) },
  )
  return fc
    .tuple(named, fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: others }), routes)
    .map(([some, rest, models]) => [...some, ...rest, ...models])
}

function arbitraryModelMember(names: Names): fc.Arbitrary<AccessGroupMember> {
  const providerAccount = fc.constantFrom(...names.providerAccounts)
  return fc.oneof(
    fc
      .tuple(providerAccount, fc.constantFrom(...names.models, 'unlisted'))
      .map(([account, model]) => ({ type: 'model' as const, providerAccount: account, model })),
    fc
      .tuple(providerAccount, arbitraryPattern(names.models))
      .map(([account, pattern]) => ({ type: 'modelPattern' as const, providerAccount: account, pattern })),
  )
}
