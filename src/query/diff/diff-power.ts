import type { State } from '../../model/state/state.ts'
import type { Agent } from '../../model/value/principal.ts'
import { authorizeManage } from '../../policy/authorize-manage.ts'
import type { Power } from '../../policy/decision/decision.ts'
import { findOrganization, isKnownThing } from '../../policy/manage.ts'
import type { ManageRequest, Thing } from '../../policy/request/request.ts'
import { affectedAgents } from './affected-agents.ts'
import type { StatePair } from './affected-names.ts'
import { byCodeUnits } from './affected-subjects.ts'

/** A power that an agent gained or lost over a thing: the agent may manage the thing in only one of two states. */
export interface PowerChange {
  readonly agent: Agent
  readonly thing: Thing
  readonly effect: 'gained' | 'lost'
  /** The agent's power over the thing, from the one state in which the agent may manage the thing. */
  readonly power: Power
  /** A request that proves the change: one state allows the request, the other state denies it. */
  readonly witness: ManageRequest
}

/**
 * Yields the powers that users and virtual accounts gained and lost: over the platform, organizations, provider
 * accounts, the members of teams, and virtual accounts. A power that a larger gained or lost power includes is left
 * out: the platform includes everything, and an organization includes its teams and virtual accounts. An agent that
 * keeps the larger power gets no entry for each thing that is created or deleted. A user gets no entry for the user's
 * own tokens.
 */
export function* eachPowerChange(pair: StatePair): IterableIterator<PowerChange> {
  for (const { agent, things } of affectedAgents(pair)) {
    for (const thing of [...things].sort(byThing)) {
      const change = findChange(agent, thing, pair)
      if (change !== undefined) yield change
    }
  }
}

const order = ['platform', 'organization', 'team', 'teamMembers', 'virtualAccount', 'providerAccount', 'userTokens']

function byThing(a: Thing, b: Thing): number {
  if (a.type !== b.type) return order.indexOf(a.type) - order.indexOf(b.type)
  return 'id' in a && 'id' in b ? byCodeUnits(a.id, b.id) : 0
}

function findChange(agent: Agent, thing: Thing, pair: StatePair): PowerChange | undefined {
  const [was, is] = powersOf(agent, thing, pair)
  const power = was ?? is
  if (power === undefined || (was === undefined) === (is === undefined)) return undefined
  const [having, other] = is === undefined ? [pair.before, pair.after] : [pair.after, pair.before]
  for (const larger of largerThan(thing, having)) {
    const [had, has] = powersOf(agent, larger, pair)
    const flips = (had === undefined) !== (has === undefined)
    if (flips && (had === undefined) === (was === undefined)) return undefined
    if (had !== undefined && has !== undefined && !isKnownThing(thing, other)) return undefined
  }
  const effect = is === undefined ? 'lost' : 'gained'
  return { agent, thing, effect, power, witness: { type: 'manage', who: agent, thing, at: pair.at } }
}

type Powers = readonly [before: Power | undefined, after: Power | undefined]

function powersOf(agent: Agent, thing: Thing, { before, after, at }: StatePair): Powers {
  const powerIn = (state: State): Power | undefined => {
    const decision = authorizeManage({ type: 'manage', who: agent, thing, at }, state)
    return decision.effect === 'allow' ? decision.power : undefined
  }
  return [powerIn(before), powerIn(after)]
}

/**
 * Returns the larger things that include a thing, such as its organization. Power over a larger thing includes the
 * thing.
 */
function largerThan(thing: Thing, state: State): readonly Thing[] {
  if (thing.type === 'platform') return []
  const organization = thing.type === 'organization' ? undefined : findOrganization(thing, state)
  const platform = { type: 'platform' } as const
  return organization === undefined ? [platform] : [platform, { type: 'organization', id: organization }]
}
