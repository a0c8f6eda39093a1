import { expect } from 'vitest'
import type { Applied } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { Rejection } from '../../../src/change/message/rejection.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import type { Actor, Agent, Principal } from '../../../src/model/value/principal.ts'
import { applyAnything, applyUnguarded } from '../command.ts'

/** The default instant of a step. */
export const now = 1_700_000_001_000

type CommandFields<C> = C extends Command ? Omit<C, 'actor' | 'at'> & Partial<Pick<C, 'actor' | 'at'>> : never

/** A command with an optional actor and instant. Default actor: `system`. Default instant: `now`. */
export type Step = CommandFields<Command>

type Accepted = Extract<Applied, { ok: true }>

/** Returns the complete command of a step. */
export function commandOf(step: Step): Command {
  return { actor: { type: 'system' }, at: now, ...step } as Command
}

/** Applies a step that must be accepted, and returns the result. */
export function accepted(state: State, step: Step): Accepted {
  const applied = applyUnguarded(commandOf(step), state)
  if (!applied.ok) throw new Error(`${step.type}: ${JSON.stringify(applied.rejection)}`)
  return applied
}

/** Returns the state after steps. A rejected step fails the test. */
export function stateAfter(state: State, ...steps: readonly Step[]): State {
  return steps.reduce((soFar, step) => accepted(soFar, step).state, state)
}

/** Returns the event types of a step. A rejected step fails the test. */
export function eventTypes(state: State, step: Step): string[] {
  return accepted(state, step).events.map(({ type }) => type)
}

/** Applies a step that must be rejected, and returns the rejection. */
export function rejected(state: State, step: Step | object): Rejection {
  const applied = applyAnything({ actor: { type: 'system' }, at: now, ...step }, state)
  expect(applied.ok, JSON.stringify(step)).toBe(false)
  if (applied.ok) throw new Error('accepted')
  return applied.rejection
}

/** Returns the outcome of a step: `accepted`, `unchanged`, or the code of the rejection. */
export function outcome(state: State, step: Step): string {
  const applied = applyUnguarded(commandOf(step), state)
  if (!applied.ok) return applied.rejection.code
  return applied.events.length === 0 ? 'unchanged' : 'accepted'
}

export const user = (id: string): Agent & { type: 'user' } => ({ type: 'user', id })
export const virtualAccount = (id: string): Agent & { type: 'virtualAccount' } => ({ type: 'virtualAccount', id })
export const team = (id: string): Principal & { type: 'team' } => ({ type: 'team', id })
export const alias = (id: string) => ({ type: 'alias', alias: id }) as const
export const digest = (digit: string): string => digit.repeat(64)

/** Returns a step with another actor. */
export function by(actor: Actor, step: Step): Step {
  return { ...step, actor }
}

/**
 * The base state of the tests: two organizations, users of every rank, two provider accounts, three aliases, three
 * groups and a plan. root is an administrator. olga is an admin of acme, whose entitlement lists `gpt` and `mini`. max
 * manages openai until instant 5000. tom manages team dev, and mia is a member of dev. bot is acme's virtual account.
 * zoe has no access.
 */
export const office: State = stateAfter(
  emptyState,
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4', 'gpt-3'] },
  { type: 'CreateProviderAccount', providerAccount: 'any', anyModel: true },
  { type: 'CreateModelAlias', alias: 'gpt-4', targets: [{ providerAccount: 'openai', model: 'gpt-4' }] },
  { type: 'CreateModelAlias', alias: 'gpt-3', targets: [{ providerAccount: 'openai', model: 'gpt-3' }] },
  { type: 'CreateModelAlias', alias: 'claude', targets: [{ providerAccount: 'any', model: 'claude-3' }] },
  { type: 'CreateAccessGroup', accessGroup: 'gpt', members: [alias('gpt-4'), alias('gpt-3')] },
  { type: 'CreateAccessGroup', accessGroup: 'mini', members: [alias('gpt-3')] },
  { type: 'CreateAccessGroup', accessGroup: 'all', members: [{ type: 'allAliases' }] },
  { type: 'CreatePlan', plan: 'basic', accessGroups: ['mini'], credits: { amount: '100' } },
  { type: 'CreateOrganization', organization: 'acme', entitlement: { type: 'list', accessGroups: ['gpt', 'mini'] } },
  { type: 'CreateOrganization', organization: 'globex', entitlement: { type: 'unlimited' } },
  ...['root', 'olga', 'max', 'tom', 'mia', 'zoe', 'gus'].map((id) => ({ type: 'CreateUser', user: id }) as const),
  { type: 'CreateTeam', team: 'dev', organization: 'acme' },
  { type: 'CreateTeam', team: 'ops', organization: 'globex' },
  { type: 'CreateVirtualAccount', virtualAccount: 'bot', organization: 'acme' },
  { type: 'AddTeamMember', team: 'dev', user: 'tom', role: 'manager' },
  { type: 'AddTeamMember', team: 'dev', user: 'mia' },
  { type: 'AddOrganizationAdmin', organization: 'acme', admin: user('olga') },
  { type: 'AddOrganizationAdmin', organization: 'globex', admin: user('gus') },
  {
    type: 'GrantRole',
    principal: user('max'),
    providerAccount: 'openai',
    role: 'manager',
    expiresAt: 1_700_000_005_000,
  },
  { type: 'AddAdministrator', administrator: user('root') },
  { type: 'IssueCredential', credential: 'mia-dev', owner: user('mia'), team: 'dev', digest: digest('a') },
  { type: 'IssueCredential', credential: 'mia', owner: user('mia'), digest: digest('b') },
  { type: 'IssueCredential', credential: 'dev', owner: team('dev'), digest: digest('c') },
  { type: 'IssueCredential', credential: 'bot', owner: virtualAccount('bot'), digest: digest('d') },
)
