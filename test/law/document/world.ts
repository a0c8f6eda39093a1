import { createHash } from 'node:crypto'
import { expect } from 'vitest'
import type { Applied } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { Rejection } from '../../../src/change/message/rejection.ts'
import { toSnapshot } from '../../../src/model/snapshot/to-snapshot.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import { findRow, idsOf, rowsOf } from '../../../src/model/table/table.ts'
import type { Principal } from '../../../src/model/value/principal.ts'
import { authorize } from '../../../src/policy/authorize.ts'
import type { UseDecision } from '../../../src/policy/decision/decision.ts'
import type { Thing, UseRequest } from '../../../src/policy/request/request.ts'
import { applyAnything, applyUnguarded } from '../command.ts'

/**
 * The default instant of commands and requests: `created_at` in the example of the model-access-group guide of the SaaS
 * LiteLLM API.
 */
export const noon = Date.parse('2024-10-14T12:00:00Z')
export const hour = 3_600_000
export const day = 24 * hour

type CommandFields<C> = C extends Command ? Omit<C, 'actor' | 'at'> & Partial<Pick<C, 'actor' | 'at'>> : never

/** A command whose envelope is optional. Default actor: `system`. Default instant: noon. */
export type Step = CommandFields<Command>

const whole = (step: Step): Command => ({ actor: { type: 'system' }, at: noon, ...step }) as Command

/**
 * Applies a command that must be accepted. Returns the state after the command, and the events. A rejected command
 * fails the test.
 */
export function carryOut(state: State, step: Step): Extract<Applied, { ok: true }> {
  const applied = applyUnguarded(whole(step), state)
  if (!applied.ok) throw new Error(`\`${step.type}\` was rejected: ${JSON.stringify(applied.rejection)}`)
  return applied
}

/** Returns the state after these commands. A rejected command fails the test. */
export function enact(state: State, ...steps: readonly Step[]): State {
  return steps.reduce((soFar, step) => carryOut(soFar, step).state, state)
}

/** Returns the rejection of a command. An accepted command or a changed state fails the test. */
export function rejectionOf(state: State, step: Step): Rejection {
  return rejectionOfAnything(state, whole(step))
}

/** Returns the rejection of a value that is used as a command. The value may have any type. */
export function rejectionOfAnything(state: State, value: unknown): Rejection {
  const before = JSON.stringify(toSnapshot(state))
  const applied = applyAnything(value, state)
  expect(JSON.stringify(toSnapshot(state))).toBe(before)
  if (applied.ok) throw new Error(`was accepted with ${JSON.stringify(applied.events)}`)
  return applied.rejection
}

export const user = (id: string) => ({ type: 'user', id }) as const
export const team = (id: string) => ({ type: 'team', id }) as const
export const virtualAccount = (id: string) => ({ type: 'virtualAccount', id }) as const
export const credential = (id: string) => ({ type: 'credential', id }) as const
export const alias = (id: string) => ({ type: 'alias', alias: id }) as const
export const aliases = (...ids: readonly string[]) => ids.map(alias)
export const route = (providerAccount: string, model: string) => ({ providerAccount, model })

/** The SHA-256 digest of a secret, which the library stores in place of the secret. */
export const digestOf = (secret: string): string => createHash('sha256').update(secret).digest('hex')

type More = Partial<Pick<UseRequest, 'team' | 'at' | 'credits'>>

/** Returns the decision on a use request. Default instant: noon. */
export function ask(state: State, who: UseRequest['who'], model: string, more: More = {}): UseDecision {
  return authorize({ type: 'use', who, model, at: noon, ...more }, state)
}

/** Decides a use request. Returns `allow`, or the reason of the denial. */
export function answer(state: State, who: UseRequest['who'], model: string, more: More = {}): string {
  const decision = ask(state, who, model, more)
  return decision.effect === 'allow' ? 'allow' : decision.reason
}

/** Decides a manage request. Returns the power that lets the caller manage the thing, or the reason of the denial. */
export function power(state: State, who: UseRequest['who'], thing: Thing): string {
  const decision = authorize({ type: 'manage', who, thing, at: noon }, state)
  return decision.effect === 'allow' ? decision.power : decision.reason
}

/** Returns the sorted names of the aliases and concrete models that a caller may use. */
export function usable(state: State, who: UseRequest['who'], more: More = {}): string[] {
  return everyName(state).filter((model) => ask(state, who, model, more).effect === 'allow')
}

function everyName(state: State): string[] {
  const concrete = [...rowsOf(state.providerAccounts)].flatMap(({ id, models }) =>
    [...idsOf(models)].map((model) => `${id}/${model}`),
  )
  return [...idsOf(state.modelAliases), ...concrete].sort()
}

/** Returns the wallet of a team in the form in which decisions and events refer to wallets. */
export function walletOf(state: State, { type, id }: Principal & { type: 'team' }) {
  return { type, id, incarnation: findRow(state.teams, id)?.incarnation }
}

/** Returns the level of a credential on a wallet path. */
export function levelOf(state: State, id: string) {
  return { type: 'credential', id, incarnation: findRow(state.credentials, id)?.incarnation }
}

export const createGroup = (accessGroup: string, description: string, ...ids: readonly string[]) =>
  ({ type: 'CreateAccessGroup', accessGroup, description, members: aliases(...ids) }) as const

const createAlias = (id: string, description: string, providerAccount: string, model: string) =>
  ({ type: 'CreateModelAlias', alias: id, description, targets: [{ providerAccount, model }] }) as const

/**
 * A state with the provider accounts and model aliases of the provider-account access guide and the model-access-group
 * guide. Has no grants.
 */
export const catalogue: State = enact(
  emptyState,
  {
    type: 'CreateProviderAccount',
    providerAccount: 'openai',
    models: ['gpt-4', 'gpt-4-turbo', 'gpt-4-vision', 'gpt-3.5-turbo'],
  },
  {
    type: 'CreateProviderAccount',
    providerAccount: 'anthropic',
    models: ['claude-3-opus-20240229', 'claude-3-sonnet-20240229', 'claude-3-haiku-20240307'],
  },
  { type: 'CreateProviderAccount', providerAccount: 'google', models: ['gemini-pro', 'gemini-1.5-pro'] },
  createAlias('gpt-4', 'Most capable GPT-4 model', 'openai', 'gpt-4'),
  createAlias('gpt-4-turbo', 'Faster GPT-4 model', 'openai', 'gpt-4-turbo'),
  createAlias('gpt-3.5-turbo', 'Fast and efficient', 'openai', 'gpt-3.5-turbo'),
  createAlias('claude-3-opus', 'Most capable Claude model', 'anthropic', 'claude-3-opus-20240229'),
  createAlias('claude-3-sonnet', 'Balanced Claude model', 'anthropic', 'claude-3-sonnet-20240229'),
  createAlias('claude-3-haiku', 'Fastest Claude model', 'anthropic', 'claude-3-haiku-20240307'),
  createAlias('gemini-pro', 'Balanced Gemini model', 'google', 'gemini-pro'),
  createAlias('gemini-1.5-pro', 'Most capable Gemini model', 'google', 'gemini-1.5-pro'),
)

/** The state `catalogue` with the organization of most examples in the guides. */
export const acme: State = enact(catalogue, {
  type: 'CreateOrganization',
  organization: 'org_acme',
  name: 'ACME Corp',
  entitlement: { type: 'unlimited' },
})

/** The state `acme` with the access groups of the pricing tiers in the model-access-group guide. */
export const tiers: State = enact(
  acme,
  createGroup('basic-models', 'Fast, cost-effective models', 'gpt-3.5-turbo', 'claude-3-haiku'),
  createGroup('pro-models', 'Balanced performance and cost', 'gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro'),
  createGroup('enterprise-models', 'Most capable models', 'gpt-4', 'claude-3-opus', 'gemini-1.5-pro'),
)
export const basicTier = ['claude-3-haiku', 'gpt-3.5-turbo']
export const proTier = ['claude-3-sonnet', 'gemini-pro', 'gpt-4-turbo']
export const enterpriseTier = ['claude-3-opus', 'gemini-1.5-pro', 'gpt-4']
