import type { AccessGroupText } from '../../src/model/noun/access-group.ts'
import type { ModelAlias } from '../../src/model/noun/model-alias.ts'
import type { Plan } from '../../src/model/noun/plan.ts'
import type { ProviderAccountText } from '../../src/model/noun/provider-account.ts'
import { founded, idOf, type Maker, morning, requestSpan, statusOf } from './maker.ts'
import type { Random } from './random.ts'

/** The rows of provider accounts, aliases, access groups and plans. */
export interface Catalogue {
  readonly providerAccounts: readonly ProviderAccountText[]
  readonly modelAliases: readonly ModelAlias[]
  readonly accessGroups: readonly AccessGroupText[]
  readonly plans: readonly Plan[]
}

const providers = ['openai', 'anthropic', 'bedrock', 'vertex', 'azure', 'mistral', 'groq', 'together']
const families = ['gpt', 'claude', 'gemini', 'llama', 'mistral', 'qwen', 'deepseek', 'command', 'nova', 'grok']
const sizes = ['mini', 'sonnet', 'large', 'turbo']

const modelName = (index: number): string =>
  `${families[index % families.length]}-${sizes[Math.floor(index / families.length) % sizes.length]}-${String(index).padStart(5, '0')}`

/** Makes the catalogue of a population. */
export function makeCatalogue(maker: Maker): Catalogue {
  const providerAccounts = makeProviderAccounts(maker)
  const modelAliases = makeAliases(maker, providerAccounts)
  const accessGroups = makeGroups(maker, modelAliases)
  return { providerAccounts, modelAliases, accessGroups, plans: makePlans(maker, accessGroups) }
}

function makeProviderAccounts({ size, random, nextIncarnation }: Maker): ProviderAccountText[] {
  return Array.from({ length: size.providerAccounts }, (_, i) => ({
    id: idOf(`${random.pick(providers)}-account`, i, 2),
    ...statusOf(i % 20 === 19),
    anyModel: i % 10 === 9,
    settings: { baseUrl: `https://${i}.provider.example/v1`, region: random.pick(['eu-west-1', 'us-east-1']) },
    models: Array.from({ length: size.modelsPerAccount }, (_, m) => ({
      id: `${modelName(m)}-${i % 2 === 0 ? '20260115' : 'latest'}`,
      ...statusOf(random.chance(0.03)),
    })),
    createdAt: founded,
    incarnation: nextIncarnation(),
  }))
}

function makeAliases({ size, random }: Maker, accounts: readonly ProviderAccountText[]): ModelAlias[] {
  return Array.from({ length: size.aliases }, (_, i) => ({
    id: modelName(i),
    targets: random
      .sample(accounts, i % 200 === 7 ? 0 : random.between(1, 3))
      .map((account) => ({ providerAccount: account.id, model: random.pick(account.models).id })),
    lifecycle: makeLifecycle(random, modelName((i + 1) % size.aliases)),
    createdAt: founded,
  }))
}

function makeLifecycle(random: Random, successor: string): ModelAlias['lifecycle'] {
  const kind = random.below(100)
  if (kind < 95) return { type: 'active' }
  if (kind < 97) return { type: 'deprecated', sunsetAt: morning + 90 * 24 * 3_600_000, successor }
  if (kind < 98) return { type: 'deprecated', sunsetAt: morning + random.below(requestSpan) }
  if (kind < 99) return { type: 'deprecated', sunsetAt: morning - 1, successor }
  return { type: 'retired' }
}

function makeGroups({ size, random }: Maker, aliases: readonly ModelAlias[]): AccessGroupText[] {
  const names = aliases.map(({ id }) => id)
  return Array.from({ length: size.groups }, (_, i) => {
    const members: AccessGroupText['members'] = random
      .sample(names, random.between(10, 40))
      .map((alias) => ({ type: 'alias', alias }))
    if (i % 25 === 3)
      members.push({ type: 'aliasPattern', pattern: `${random.pick(families)}-${random.pick(sizes)}-*` })
    if (i === 11) members.push({ type: 'allAliases' })
    return { id: idOf(`${random.pick(families)}-models`, i, 4), members, createdAt: founded }
  })
}

function makePlans({ size, random }: Maker, groups: readonly AccessGroupText[]): Plan[] {
  return Array.from({ length: size.plans }, (_, i) => ({
    id: idOf('plan-for-tier', i, 2),
    accessGroups: random.sample(groups, random.between(1, 3)).map(({ id }) => id),
    credits: { amount: '1000' },
    createdAt: founded,
  }))
}
