import { z } from 'zod'
import { Id, ProviderAccountId } from './id.ts'
import { AliasPattern, Pattern } from './pattern.ts'

const alias = z.strictObject({ type: z.literal('alias'), alias: Id })
const pattern = z.strictObject({ type: z.literal('pattern'), pattern: Pattern })
const model = z.strictObject({ type: z.literal('model'), providerAccount: ProviderAccountId, model: Id })
const providerAccount = z.strictObject({ type: z.literal('providerAccount'), providerAccount: ProviderAccountId })

interface AliasSelector {
  /** One alias, by its name. */
  readonly type: 'alias'
  readonly alias: Id
}
interface PatternSelector {
  /** Every alias whose name matches a pattern, and every route that matches it as `account/model`. */
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
 * What a restriction or a scope selects: names by alias, routes by model or provider account, and names and routes by
 * pattern.
 */
export const Selector: z.ZodType<Selector> = z.discriminatedUnion('type', [alias, pattern, model, providerAccount])
export type Selector = AliasSelector | PatternSelector | ModelSelector | ProviderAccountSelector

/** A member of an access group: an alias, an alias pattern, or all aliases. */
export const AccessGroupMember: z.ZodType<AccessGroupMember> = z.discriminatedUnion('type', [
  alias,
  z.strictObject({ type: z.literal('aliasPattern'), pattern: AliasPattern }),
  z.strictObject({ type: z.literal('allAliases') }),
])
export type AccessGroupMember =
  | AliasSelector
  | {
      /** Every alias whose name matches a pattern. */
      readonly type: 'aliasPattern'
      readonly pattern: AliasPattern
    }
  | { readonly type: 'allAliases' }

/**
 * The part of the owner's access that a credential may use: `all`, or only the names and routes that the listed
 * selectors match.
 */
export const Scope: z.ZodType<Scope> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('all') }),
  z.strictObject({ type: z.literal('list'), selectors: z.array(Selector).max(1000) }),
])
export type Scope = { readonly type: 'all' } | { readonly type: 'list'; readonly selectors: readonly Selector[] }
