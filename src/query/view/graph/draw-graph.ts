import type { State } from '../../../model/state/state.ts'
import { identifyCaller } from '../../../policy/context/caller.ts'
import type { ContextPrincipal } from '../../../policy/context/context.ts'
import { isDenied } from '../../../policy/decision/deny.ts'
import type { EvaluationTime } from '../../../policy/evaluation-time.ts'
import type { Resolved } from '../../../policy/route/resolve.ts'
import { type AssignmentStatus, findInactive } from '../assignment-status.ts'
import type { GraphCut, GraphEdge, GraphNode } from './graph.ts'
import type { Lane, LaneTarget } from './graph-lane.ts'

/**
 * Draws lanes (what each grantee contributes to the access) as nodes and edges. Lanes with equal restrictions and cuts
 * share the nodes of the alias and of the alias's targets.
 */
export function drawGraph(
  principal: ContextPrincipal,
  resolved: Resolved,
  lanes: readonly Lane[],
  state: State,
  moment: EvaluationTime,
): Pick<Drawing, 'nodes' | 'edges'> {
  const drawing = new Drawing()
  const start = drawing.addNode(principal.type, principal.row.id, 0)
  const cutAtStart = startCut(principal, state, moment)
  const signatures: string[] = []
  for (const lane of lanes) {
    const scope = scopeOf(lane, signatures)
    const isOwn = lane.grantee === principal
    const from = isOwn ? start : drawing.addNode('team', lane.grantee.row.id, 0)
    if (!isOwn) drawing.addEdge(start, from, { type: 'member' }, cutAtStart ?? teamCut(lane.grantee, state))
    const alias = drawRoutes(drawing, resolved, lane, scope)
    if (lane.membershipGroups.length > 0) {
      const place = drawing.addNode('membership', lane.grantee.row.id, 0)
      drawing.addEdge(start, place, { type: 'member' }, cutAtStart ?? teamCut(lane.grantee, state))
      drawGroups(drawing, lane.membershipGroups, { from: place, alias, scope, cutAtStart: undefined })
    }
    drawGrants(drawing, lane, { from, alias, scope, cutAtStart: isOwn ? cutAtStart : undefined })
  }
  return drawing
}

const principalOf = ({ type, row }: ContextPrincipal) => ({ type, id: row.id })

/**
 * Returns the number of a lane's scope: its combination of restrictions and cuts. Lanes with the same combination have
 * the same number. `signatures` holds all combinations so far.
 */
function scopeOf({ targets, denying }: Lane, signatures: string[]): number {
  // JSON, because ids can contain any separator.
  const signature = JSON.stringify([denying, targets.map((target) => [target.denying, target.cut?.reason])])
  const index = signatures.indexOf(signature)
  return index < 0 ? signatures.push(signature) - 1 : index
}

/**
 * Returns why all calls of a principal without a named team are denied: it, its default team or an organization is
 * suspended.
 */
function startCut(principal: ContextPrincipal, state: State, moment: EvaluationTime): GraphCut | undefined {
  const inactive = findInactive(principalOf(principal), state)
  if (inactive !== undefined) return { reason: inactive }
  const caller = identifyCaller({ who: principalOf(principal), operation: 'any' }, state, moment)
  if (!isDenied(caller)) return undefined
  return { reason: caller.reason === 'team_suspended' ? 'team_suspended' : 'organization_suspended' }
}

function teamCut(team: ContextPrincipal, state: State): GraphCut | undefined {
  const inactive = findInactive(principalOf(team), state)
  if (inactive === undefined) return undefined
  return { reason: inactive === 'principal_suspended' ? 'team_suspended' : inactive }
}

/**
 * Draws the part of a lane behind the grants: alias, targets, accounts, and restrictions that deny the alias or a
 * target. Returns the id of the alias node, or `undefined` for a concrete model.
 */
function drawRoutes(drawing: Drawing, { alias, name }: Resolved, lane: Lane, scope: number): string | undefined {
  const node = alias === undefined ? undefined : drawing.addNode('alias', name, scope)
  for (const laneTarget of lane.targets) {
    const { target, denying, cut } = laneTarget
    const model = drawing.addNode('model', nameOf(laneTarget), scope)
    if (node !== undefined) drawing.addEdge(node, model, { type: 'target' })
    const account = drawing.addNode('providerAccount', target.providerAccount, 0)
    drawing.addEdge(model, account, { type: 'servedBy' }, cut)
    for (const id of denying) drawing.addEdge(drawing.addNode('restriction', id, 0), model, { type: 'denies' })
  }
  for (const id of node === undefined ? [] : lane.denying) {
    drawing.addEdge(drawing.addNode('restriction', id, 0), node ?? '', { type: 'denies' })
  }
  return node
}

const nameOf = ({ target: { providerAccount, model } }: LaneTarget): string => `${providerAccount}/${model}`

/** The nodes that the groups and roles of a lane connect: from the grantee's node to the alias node. */
interface LaneNodes {
  readonly from: string
  readonly alias: string | undefined
  readonly scope: number
  readonly cutAtStart: GraphCut | undefined
}

/** Draws the grants of a lane's grantee: groups with the alias or its targets, and roles on the targets' accounts. */
function drawGrants(drawing: Drawing, lane: Lane, nodes: LaneNodes): void {
  const { from, scope, cutAtStart } = nodes
  drawGroups(drawing, lane.groups, nodes)
  for (const assignment of lane.roles) {
    for (const laneTarget of lane.targets) {
      if (laneTarget.target.providerAccount !== assignment.providerAccount) continue
      const model = drawing.addNode('model', nameOf(laneTarget), scope)
      const edge = { type: 'role', role: assignment.role, ...timesOf(assignment) } as const
      drawing.addEdge(from, model, edge, cutAtStart ?? cutOf(assignment))
    }
  }
}

function drawGroups(drawing: Drawing, groups: Lane['groups'], { from, alias, scope, cutAtStart }: LaneNodes): void {
  for (const { assignment, holdsAlias, held } of groups) {
    const group = drawing.addNode('accessGroup', assignment.accessGroup, scope)
    if (assignment.organization !== undefined) {
      // One node of the organization for each holder, because restrictions differ from holder to holder.
      const organization = drawing.addNode('organization', assignment.organization, from)
      drawing.addEdge(from, organization, { type: 'partOf' }, cutAtStart)
      drawing.addEdge(organization, group, { type: 'assigned', ...timesOf(assignment) }, cutOf(assignment))
    } else if (assignment.plan === undefined) {
      drawing.addEdge(from, group, { type: 'assigned', ...timesOf(assignment) }, cutAtStart ?? cutOf(assignment))
    } else {
      // One node of the plan for each team, because an entitlement can cut the plan's groups for one of them only.
      const plan = drawing.addNode('plan', assignment.plan, from)
      drawing.addEdge(from, plan, { type: 'plan' }, cutAtStart)
      drawing.addEdge(plan, group, { type: 'brings' }, cutOf(assignment))
    }
    if (alias !== undefined && holdsAlias) drawing.addEdge(group, alias, { type: 'holds' })
    for (const { providerAccount, model } of held) {
      drawing.addEdge(group, drawing.addNode('model', `${providerAccount}/${model}`, scope), { type: 'holds' })
    }
  }
}

function cutOf({ ineffective }: AssignmentStatus): GraphCut | undefined {
  return ineffective === undefined ? undefined : { reason: ineffective }
}

function timesOf({ startsAt, until }: AssignmentStatus): Pick<AssignmentStatus, 'startsAt' | 'until'> {
  return { ...(startsAt === undefined ? undefined : { startsAt }), ...(until === undefined ? undefined : { until }) }
}

/** Collects nodes and edges without duplicates, in the order in which they are first added. */
class Drawing {
  readonly nodes: GraphNode[] = []
  readonly edges: GraphEdge[] = []
  readonly #ids = new Map<string | number, Map<string, Map<string, string>>>()
  readonly #leaving = new Map<string, GraphEdge[]>()

  /**
   * Returns the id of a row's node in a scope, and adds the node if it is missing. A row has a separate node in each
   * scope.
   */
  addNode(type: GraphNode['type'], name: string, scope: string | number): string {
    const ofScope = this.#ids.get(scope) ?? new Map<string, Map<string, string>>()
    const ofType = ofScope.get(type) ?? new Map<string, string>()
    this.#ids.set(scope, ofScope)
    ofScope.set(type, ofType)
    const existing = ofType.get(name)
    if (existing !== undefined) return existing
    const id = `n${this.nodes.length + 1}`
    this.nodes.push({ id, type, name })
    ofType.set(name, id)
    return id
  }

  /** Adds an edge. Does nothing if an edge of the same type and role already joins the two nodes. */
  addEdge(from: string, to: string, edge: Omit<GraphEdge, 'from' | 'to' | 'cut'>, cut?: GraphCut): void {
    const leaving = this.#leaving.get(from) ?? []
    this.#leaving.set(from, leaving)
    if (leaving.some((other) => other.to === to && other.type === edge.type && other.role === edge.role)) return
    const added = { from, to, ...edge, ...(cut === undefined ? undefined : { cut }) }
    leaving.push(added)
    this.edges.push(added)
  }
}
