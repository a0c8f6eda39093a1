import { apply } from '../../../src/change/apply.ts'
import type { Command } from '../../../src/change/message/command.ts'
import type { Event } from '../../../src/change/message/event.ts'
import { emptyState, type State } from '../../../src/model/state/state.ts'
import type { Actor } from '../../../src/model/value/principal.ts'
import type { Random } from '../../bench/random.ts'
import { aimed, drawActor } from './actor.ts'
import { type Body, CommandSource, ids, start, tick } from './command.ts'
import { boundedTypes, foundingTypes } from './command-types.ts'

/** Applies a body as a command. Returns the same state if the command is rejected. */
function step(state: State, body: Body, actor: Actor, at: number, events: Event[]): State {
  const applied = apply({ ...body, actor, at } as unknown as Command, state)
  if (!applied.ok) return state
  events.push(...applied.events)
  return applied.state
}

const groups = [
  { accessGroup: 'some', members: [{ type: 'alias', alias: 'fast' }] },
  { accessGroup: 'most', members: [{ type: 'aliasPattern', pattern: '*a*' }] },
  { accessGroup: 'every', members: [{ type: 'allAliases' }] },
]

function foundation(random: Random): Body[] {
  const target = (account: string, model: string) => ({ providerAccount: account, model })
  return [
    { type: 'CreateProviderAccount', providerAccount: 'prov-p', models: ['m-1', 'm-2'] },
    { type: 'CreateProviderAccount', providerAccount: 'prov-q', anyModel: true, models: ['m-1'] },
    { type: 'CreateModelAlias', alias: 'fast', targets: [target('prov-p', 'm-1')] },
    { type: 'CreateModelAlias', alias: 'large', targets: [target('prov-q', 'm-3')] },
    { type: 'CreateModelAlias', alias: 'both', targets: [target('prov-p', 'm-2'), target('prov-q', 'm-1')] },
    ...groups.map((one): Body => ({ type: 'CreateAccessGroup', ...one })),
    { type: 'CreatePlan', plan: 'basic', accessGroups: ['some'] },
    { type: 'CreatePlan', plan: 'paid', accessGroups: ['most'], credits: { amount: '10' } },
    ...ids.organizations.map(
      (organization): Body => ({
        type: 'CreateOrganization',
        organization,
        entitlement: random.chance(0.35)
          ? { type: 'unlimited' }
          : { type: 'list', accessGroups: random.sample<string>(ids.accessGroups, random.between(1, 3)) },
      }),
    ),
    ...ids.users.map((user): Body => ({ type: 'CreateUser', user, metered: random.chance(0.4) })),
    ...['team-a1', 'team-a2', 'team-b1', 'team-b2'].map(
      (team): Body => ({
        type: 'CreateTeam',
        team,
        organization: team.startsWith('team-a') ? 'org-a' : 'org-b',
        metered: random.chance(0.5),
      }),
    ),
    { type: 'CreateVirtualAccount', virtualAccount: 'bot-a', organization: 'org-a' },
    { type: 'CreateVirtualAccount', virtualAccount: 'bot-b', organization: 'org-b', metered: true },
    { type: 'AddAdministrator', administrator: { type: 'user', id: 'user-5' } },
  ]
}

/** A world: a state that commands have made, with the instant after the last of them, and its events. */
export interface World {
  readonly state: State
  readonly at: number
  readonly events: readonly Event[]
}

/** Makes a world by commands of `system`, among them commands of bounded actors, such as suspensions and invitations. */
export function drawWorld(random: Random): World {
  const source = new CommandSource(random)
  const events: Event[] = []
  let state: State = emptyState
  const system: Actor = { type: 'system' }
  for (const body of foundation(random)) state = step(state, body, system, start, events)
  const length = random.between(30, 140)
  let at = start
  for (let i = 0; i < length; i += 1) {
    if (random.chance(0.1)) at += tick
    const isBounded = random.chance(0.3)
    const actor = isBounded ? drawActor(random, state) : system
    if (actor === undefined) continue
    const body = source.body(isBounded ? boundedTypes : foundingTypes)
    state = step(state, actor.type === 'system' ? body : aimed(body, actor, random, state), actor, at, events)
  }
  return { state, at: at + random.below(3) * tick, events }
}
