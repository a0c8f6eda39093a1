import type { State } from '../../../model/state/state.ts'
import type { Member } from '../../../policy/context/context.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import type { Resolved } from '../../../policy/route/resolve.ts'
import { type AssignmentStatus, findInactive } from '../assignment-status.ts'
import type { GraphCut, GraphEdge, GraphNode } from './graph.ts'
import type { Lane, LaneTarget } from './graph-lane.ts'

/** The nodes and edges of lanes. Lanes in which the same is cut share the alias and its targets. */
export function drawLanes(
  principal: Member,
  resolved: Resolved,
  lanes: readonly Lane[],
  state: State,
  moment: EvaluationTime,
): Pick<Drawing, 'nodes' | 'edges'> {
  const drawing = new Drawing()
  const start = drawing.put(principal.type, principal.row.id, 0)
  const inactive = findInactive(idOf(principal), state, moment)
  const cutAtStart = inactive === undefined ? undefined : { reason: inactive }
  const kinds: string[] = []
  for (const lane of lanes) {
    const scope = scopeOf(lane, kinds)
    const isOwn = lane.holder === principal
    const from = isOwn ? start : drawing.put('team', lane.holder.row.id, 0)
    if (!isOwn) drawing.join(start, from, { type: 'member' }, cutAtStart ?? teamCut(lane.holder, state, moment))
    const alias = drawRoutes(drawing, resolved, lane, scope)
    drawHoldings(drawing, lane, { from, alias, scope, cutAtStart: isOwn ? cutAtStart : undefined })
  }
  return drawing
}

const idOf = ({ type, row }: Member) => ({ type, id: row.id })

/** Lanes in which the same is cut have the same number. JSON of a list tells any two lists apart. */
function scopeOf({ targets, denying }: Lane, kinds: string[]): number {
  const kind = JSON.stringify([denying, targets.map((one) => [one.denying, one.cut?.reason])])
  const known = kinds.indexOf(kind)
  return known < 0 ? kinds.push(kind) - 1 : known
}

function teamCut(team: Member, state: State, moment: EvaluationTime): GraphCut | undefined {
  const inactive = findInactive(idOf(team), state, moment)
  if (inactive === undefined) return undefined
  return { reason: inactive === 'principal_suspended' ? 'team_suspended' : inactive }
}

/** The alias, its targets and their accounts, and what stands against them. */
function drawRoutes(drawing: Drawing, { alias, name }: Resolved, lane: Lane, scope: number): string | undefined {
  const node = alias === undefined ? undefined : drawing.put('alias', name, scope)
  for (const one of lane.targets) {
    const { target, denying, cut } = one
    const model = drawing.put('model', nameOf(one), scope)
    if (node !== undefined) drawing.join(node, model, { type: 'target' })
    drawing.join(model, drawing.put('providerAccount', target.providerAccount, 0), { type: 'servedBy' }, cut)
    for (const id of denying) drawing.join(drawing.put('restriction', id, 0), model, { type: 'denies' })
  }
  for (const id of node === undefined ? [] : lane.denying) {
    drawing.join(drawing.put('restriction', id, 0), node ?? '', { type: 'denies' })
  }
  return node
}

const nameOf = ({ target: { providerAccount, model } }: LaneTarget): string => `${providerAccount}/${model}`

interface Entry {
  readonly from: string
  readonly alias: string | undefined
  readonly scope: number
  readonly cutAtStart: GraphCut | undefined
}

/** What the holder has: groups that hold the alias, and roles on the accounts of its targets. */
function drawHoldings(drawing: Drawing, lane: Lane, { from, alias, scope, cutAtStart }: Entry): void {
  for (const hold of lane.groups) {
    const group = drawing.put('accessGroup', hold.accessGroup, scope)
    if (hold.plan === undefined) {
      drawing.join(from, group, { type: 'assigned', ...timesOf(hold) }, cutAtStart ?? cutOf(hold))
    } else {
      // A plan stands once for each team that is on it, since a ceiling may cut what it brings to one of them.
      const plan = drawing.put('plan', hold.plan, from)
      drawing.join(from, plan, { type: 'plan' }, cutAtStart)
      drawing.join(plan, group, { type: 'brings' }, cutOf(hold))
    }
    if (alias !== undefined) drawing.join(group, alias, { type: 'holds' })
  }
  for (const hold of lane.roles) {
    for (const one of lane.targets) {
      if (one.target.providerAccount !== hold.providerAccount) continue
      const model = drawing.put('model', nameOf(one), scope)
      drawing.join(from, model, { type: 'role', role: hold.role, ...timesOf(hold) }, cutAtStart ?? cutOf(hold))
    }
  }
}

function cutOf({ withheld }: AssignmentStatus): GraphCut | undefined {
  return withheld === undefined ? undefined : { reason: withheld }
}

function timesOf({ startsAt, until }: AssignmentStatus): Pick<AssignmentStatus, 'startsAt' | 'until'> {
  return { ...(startsAt === undefined ? undefined : { startsAt }), ...(until === undefined ? undefined : { until }) }
}

/** Nodes and edges as they come, each once. */
class Drawing {
  readonly nodes: GraphNode[] = []
  readonly edges: GraphEdge[] = []
  readonly #ids = new Map<string | number, Map<string, Map<string, string>>>()
  readonly #leaving = new Map<string, GraphEdge[]>()

  /** The node of a thing; in another scope it is another node. */
  put(type: GraphNode['type'], name: string, scope: string | number): string {
    const ofScope = this.#ids.get(scope) ?? new Map<string, Map<string, string>>()
    const ofType = ofScope.get(type) ?? new Map<string, string>()
    this.#ids.set(scope, ofScope)
    ofScope.set(type, ofType)
    const known = ofType.get(name)
    if (known !== undefined) return known
    const id = `n${this.nodes.length + 1}`
    this.nodes.push({ id, type, name })
    ofType.set(name, id)
    return id
  }

  /** An edge between two nodes, once of each type. */
  join(from: string, to: string, edge: Omit<GraphEdge, 'from' | 'to' | 'cut'>, cut?: GraphCut): void {
    const leaving = this.#leaving.get(from) ?? []
    this.#leaving.set(from, leaving)
    if (leaving.some((known) => known.to === to && known.type === edge.type && known.role === edge.role)) return
    const added = { from, to, ...edge, ...(cut === undefined ? undefined : { cut }) }
    leaving.push(added)
    this.edges.push(added)
  }
}
