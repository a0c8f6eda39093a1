import type { State } from '../../model/state/state.ts'
import type { Agent } from '../../model/value/principal.ts'
import { authorizeManage } from '../../policy/authorize-manage.ts'
import type { Power } from '../../policy/decision/decision.ts'
import { findOrganization, isThere } from '../../policy/manage.ts'
import type { ManageRequest, Thing } from '../../policy/request/request.ts'
import { affectedAgents } from './affected-agents.ts'
import type { Pair } from './affected-names.ts'
import { byCodeUnits } from './affected-subjects.ts'

/** What an agent may manage in one state and not in the other. */
export interface PowerChange {
  readonly agent: Agent
  readonly thing: Thing
  readonly effect: 'gained' | 'lost'
  /** What gives the power in the state that has it. */
  readonly power: Power
  /** A request that one state allows and the other refuses. */
  readonly witness: ManageRequest
}

/**
 * What users and virtual accounts came to manage and manage no more: the platform, organizations, provider accounts, the
 * members of teams, virtual accounts. A power that a bigger one brings is left out: whoever gains or loses the platform
 * does so with everything, and whoever gains or loses an organization with its teams and virtual accounts; and who has
 * the bigger power throughout, or is the user itself, is not named for each thing that comes or goes.
 */
export function* eachPowerChange(pair: Pair): IterableIterator<PowerChange> {
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

function findChange(agent: Agent, thing: Thing, pair: Pair): PowerChange | undefined {
  const [was, is] = powersOf(agent, thing, pair)
  const power = was ?? is
  if (power === undefined || (was === undefined) === (is === undefined)) return undefined
  const [having, other] = is === undefined ? [pair.before, pair.after] : [pair.after, pair.before]
  for (const bigger of biggerThan(thing, having)) {
    const [had, has] = powersOf(agent, bigger, pair)
    const flips = (had === undefined) !== (has === undefined)
    if (flips && (had === undefined) === (was === undefined)) return undefined
    if (had !== undefined && has !== undefined && !isThere(thing, other)) return undefined
  }
  const effect = is === undefined ? 'lost' : 'gained'
  return { agent, thing, effect, power, witness: { type: 'manage', who: agent, thing, at: pair.at } }
}

type Powers = readonly [before: Power | undefined, after: Power | undefined]

function powersOf(agent: Agent, thing: Thing, { before, after, at }: Pair): Powers {
  const powerIn = (state: State): Power | undefined => {
    const decision = authorizeManage({ type: 'manage', who: agent, thing, at }, state)
    return decision.effect === 'allow' ? decision.power : undefined
  }
  return [powerIn(before), powerIn(after)]
}

/** What brings the power over a thing along. */
function biggerThan(thing: Thing, state: State): readonly Thing[] {
  if (thing.type === 'platform') return []
  const organization = thing.type === 'organization' ? undefined : findOrganization(thing, state)
  const platform = { type: 'platform' } as const
  return organization === undefined ? [platform] : [platform, { type: 'organization', id: organization }]
}
