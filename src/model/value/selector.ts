import * as z from 'zod'
import { Id, ProviderAccountId } from './id.ts'
import { listOf } from './list.ts'
import { AliasPattern, ModelPattern, Pattern } from './pattern.ts'

const alias = z.strictObject({ type: z.literal('alias'), alias: Id })
const pattern = z.strictObject({ type: z.literal('pattern'), pattern: Pattern })
const model = z.strictObject({ type: z.literal('model'), providerAccount: ProviderAccountId, model: Id })
const providerAccount = z.strictObject({ type: z.literal('providerAccount'), providerAccount: ProviderAccountId })

interface AliasSelector {
  /** One alias, by its name. */
  readonly type: 'alias'
  readonly alias: Id
}
interface AliasPatternMember {
  /** Every alias whose name matches a pattern. */
  readonly type: 'aliasPattern'
  readonly pattern: AliasPattern
}
interface PatternSelector {
  /** Every alias whose name matches the pattern, and every route whose `account/model` matches the pattern. */
  readonly type: 'pattern'
  readonly pattern: Pattern
}
interface ModelSelector {
  /** One model of a provider account, whether a request names the model itself or an alias for the model. */
  readonly type: 'model'
  readonly providerAccount: ProviderAccountId
  readonly model: Id
}
interface ProviderAccountSelector {
  /** Every model of a provider account. */
  readonly type: 'providerAccount'
  readonly providerAccount: ProviderAccountId
}

/**
 * Selects model names and routes for a restriction or a scope. An `alias` selects a name; a `model` or
 * `providerAccount` selects routes; a `pattern` selects names and routes.
 */
export const Selector: z.ZodType<Selector> = z.discriminatedUnion('type', [alias, pattern, model, providerAccount])
export type Selector = AliasSelector | PatternSelector | ModelSelector | ProviderAccountSelector

interface ModelPatternMember {
  /**
   * The models of a provider account whose names match a pattern. Applies whether a request names the model itself or
   * an alias for the model.
   */
  readonly type: 'modelPattern'
  readonly providerAccount: ProviderAccountId
  /** A pattern over the account's model names, such as `gpt-4*`; `*` for all models. */
  readonly pattern: ModelPattern
}

/**
 * A member of an access group. Aliases, alias patterns and `allAliases` grant names. Models and model patterns grant
 * routes, whether a request names an alias or the model itself.
 */
export const AccessGroupMember: z.ZodType<AccessGroupMember> = z.discriminatedUnion('type', [
  alias,
  z.strictObject({ type: z.literal('aliasPattern'), pattern: AliasPattern }),
  z.strictObject({ type: z.literal('allAliases') }),
  model,
  z.strictObject({
    type: z.literal('modelPattern'),
    providerAccount: ProviderAccountId,
    pattern: ModelPattern,
  }),
])
export type AccessGroupMember =
  | AliasSelector
  | AliasPatternMember
  | { readonly type: 'allAliases' }
  | ModelSelector
  | ModelPatternMember

/** The maximum number of selectors in the scope of a credential, and of patterns among them. */
export const scopeLimit = { selectors: 1000, patterns: 100 } as const

const ScopeSelectors = listOf(Selector, scopeLimit.selectors, 'selectors').refine(
  (selectors) => selectors.filter(({ type }) => type === 'pattern').length <= scopeLimit.patterns,
  { error: `expected at most ${scopeLimit.patterns} patterns` },
)

/**
 * The part of the owner's access that a credential may use: `all`, or only the names and routes that match one of up to
 * 1,000 selectors. At most 100 of the selectors are patterns, since every name is compared with each pattern.
 */
export const Scope: z.ZodType<Scope> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('all') }),
  z.strictObject({ type: z.literal('list'), selectors: ScopeSelectors }),
])
export type Scope = { readonly type: 'all' } | { readonly type: 'list'; readonly selectors: readonly Selector[] }
