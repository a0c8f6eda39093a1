import type { CommandBody } from 'portcullis/engine'
import type { Provider } from './catalogue.ts'
import { earlier, today } from './day.ts'
import { type Step, steps, user } from './step.ts'

type Members = Extract<CommandBody, { readonly type: 'CreateAccessGroup' }>['members']

const gpt = ['gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo'] as const

/** The aliases with their concrete models, in the order in which the gateway tries them. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  'gpt-4': ['openai/gpt-4', 'azure/gpt-4'],
  'gpt-4-turbo': ['openai/gpt-4-turbo', 'azure/gpt-4-turbo'],
  'gpt-3.5-turbo': ['openai/gpt-3.5-turbo', 'azure/gpt-3.5-turbo-0125'],
  'claude-3-opus': ['anthropic/claude-3-opus-20240229', 'amazon-bedrock/anthropic.claude-3-opus-20240229-v1:0'],
  'claude-3-sonnet': ['anthropic/claude-3-sonnet-20240229', 'amazon-bedrock/anthropic.claude-3-sonnet-20240229-v1:0'],
  'claude-3-haiku': ['anthropic/claude-3-haiku-20240307', 'amazon-bedrock/anthropic.claude-3-haiku-20240307-v1:0'],
  'claude-2': ['amazon-bedrock/anthropic.claude-v2:1'],
  'gemini-pro': ['google/gemini-2.5-pro', 'google-vertex/gemini-2.5-pro'],
  'gemini-1.5-pro': ['google/gemini-1.5-pro'],
  'gpt-5': ['openai/gpt-5', 'azure/gpt-5'],
  'claude-opus-4-1': ['anthropic/claude-opus-4-1-20250805', 'google-vertex-anthropic/claude-opus-4-1@20250805'],
}

/** The access groups, by id. Excludes `starter-models`, which the demo creates later for a client. */
const groups: Readonly<Record<string, readonly [description: string, members: Members]>> = {
  'gpt-models': ['OpenAI GPT models', named(...gpt)],
  'claude-models': [
    'All Anthropic Claude models',
    [{ type: 'aliasPattern', pattern: 'claude-3-*' }, ...named('claude-2')],
  ],
  'gemini-models': ['Google Gemini models', named('gemini-pro', 'gemini-1.5-pro')],
  'basic-models': ['Fast, cost-effective models', named('gpt-3.5-turbo', 'claude-3-haiku')],
  'pro-models': ['Balanced performance and cost', named('gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro')],
  'enterprise-models': ['Most capable models', named('gpt-4', 'claude-3-opus', 'gemini-1.5-pro')],
  'current-models': ['Models for development', named('gpt-3.5-turbo', 'claude-3-haiku', 'claude-2')],
  'experimental-models': ['New models on trial', named('gpt-5', 'claude-opus-4-1')],
  'acme-custom': ['Custom models for ACME Corp', named('gpt-4', 'claude-3-opus', 'gemini-1.5-pro')],
}

const plans = [
  { plan: 'starter', accessGroups: ['basic-models'], credits: { amount: '1000' } },
  { plan: 'professional', accessGroups: ['basic-models', 'pro-models'], credits: { amount: '5000' } },
  {
    plan: 'enterprise',
    accessGroups: ['basic-models', 'pro-models', 'enterprise-models'],
    credits: { amount: '20000' },
  },
]

/** Returns aliases in the form of access group members. */
export function named(...names: readonly string[]): Members {
  return names.map((alias) => ({ type: 'alias', alias }))
}

/** Splits a concrete model name `account/model` into the account and the model. */
export function target(name: string): { readonly providerAccount: string; readonly model: string } {
  const slash = name.indexOf('/')
  return { providerAccount: name.slice(0, slash), model: name.slice(slash + 1) }
}

/** Creates the aliases, the access groups, the plans, and one provider account for every provider of the catalogue. */
export function offer(providers: readonly Provider[]): Step[] {
  return steps(
    earlier,
    user('olivia'),
    ...providers.map(
      ({ id, name, models }) => ({ type: 'CreateProviderAccount', providerAccount: id, name, models }) as const,
    ),
    ...Object.entries(aliases).map(
      ([alias, names]) => ({ type: 'CreateModelAlias', alias, targets: names.map(target) }) as const,
    ),
    { type: 'DeprecateModelAlias', alias: 'claude-2', sunsetAt: today('12:00'), successor: 'claude-3-haiku' },
    ...Object.entries(groups).map(
      ([accessGroup, [description, members]]) =>
        ({ type: 'CreateAccessGroup', accessGroup, description, members }) as const,
    ),
    ...plans.map((plan) => ({ type: 'CreatePlan', ...plan }) as const),
  )
}
