import { isoOf } from '../../phrase.ts'
import { escapeMermaid, labelOf } from '../render-text.ts'
import type { AccessGraph, GraphEdge, GraphNode } from './graph.ts'

const labelLimit = 64

interface NodeKind {
  readonly noun: string
  /** The brackets around a node's label. Mermaid derives the node's shape from the brackets. */
  readonly shape: readonly [open: string, close: string]
  readonly colours: readonly [fill: string, stroke: string, text: string]
}

const round = ['(', ')'] as const
const box = ['[', ']'] as const
const grey = ['#f3f5f8', '#1f2328', '#1f2328'] as const

/** How each type of node is drawn. The colours are the same as in the matrix. */
const nodeKinds: Readonly<Record<GraphNode['type'], NodeKind>> = {
  user: { noun: 'user', shape: round, colours: ['#ffffff', '#1f2328', '#1f2328'] },
  team: { noun: 'team', shape: round, colours: grey },
  virtualAccount: { noun: 'virtual account', shape: round, colours: grey },
  membership: { noun: 'membership in', shape: round, colours: grey },
  organization: { noun: 'organization', shape: round, colours: grey },
  plan: { noun: 'plan', shape: box, colours: ['#56b4e9', '#0072b2', '#000000'] },
  accessGroup: { noun: 'access group', shape: ['([', '])'], colours: ['#0072b2', '#0072b2', '#ffffff'] },
  alias: { noun: 'alias', shape: box, colours: ['#fff8e6', '#e69f00', '#1f2328'] },
  model: { noun: 'model', shape: box, colours: ['#ffffff', '#6e7781', '#1f2328'] },
  providerAccount: { noun: 'provider account', shape: ['[(', ')]'], colours: ['#e6f5f0', '#009e73', '#1f2328'] },
  restriction: { noun: 'restriction', shape: ['{{', '}}'], colours: ['#fff4ec', '#d55e00', '#1f2328'] },
}

const edgeLabels: Readonly<Record<Exclude<GraphEdge['type'], 'role'>, string>> = {
  member: 'member',
  partOf: 'part of',
  plan: 'on plan',
  assigned: 'assigned',
  brings: 'brings',
  holds: 'holds',
  target: 'routes to',
  servedBy: 'served by',
  denies: 'denies',
}

const cutLabels: Readonly<Record<NonNullable<GraphEdge['cut']>['reason'], string>> = {
  principal_suspended: 'the principal is suspended',
  organization_suspended: 'the organization is suspended',
  team_suspended: 'the team is suspended',
  not_entitled: 'the organization is not entitled',
  not_started: 'not started',
  ended: 'ended',
  model_retired: 'retired',
  model_restricted: 'restricted',
  model_unavailable: 'unavailable',
}

/**
 * Renders a graph as a Mermaid flowchart, from left to right. A cut edge is dotted and shows the reason in its label. A
 * restriction points at the alias or model that the restriction denies. Names are escaped, so that Mermaid reads no
 * character of a name as syntax.
 */
export function renderGraphMermaid({ nodes, edges }: AccessGraph): string {
  const kinds = Object.entries(nodeKinds).filter(([type]) => nodes.some((node) => node.type === type))
  const cut = edges.flatMap(({ cut, type }, i) => (cut === undefined && type !== 'denies' ? [] : [i]))
  const lines = [
    'flowchart LR',
    ...nodes.map(nodeLine),
    ...edges.map(edgeLine),
    ...kinds.map(([type, kind]) => classLine(type, kind)),
    ...(cut.length === 0 ? [] : [`linkStyle ${cut.join(',')} stroke:#d55e00`]),
  ]
  return `${lines.join('\n  ')}\n`
}

function classLine(type: string, { colours: [fill, stroke, text] }: NodeKind): string {
  return `classDef ${type} fill:${fill},stroke:${stroke},color:${text}`
}

function nodeLine({ id, type, name }: GraphNode): string {
  const { noun, shape } = nodeKinds[type]
  const [open, close] = shape
  return `${id}${open}"${noun}<br/>${escapeMermaid(labelOf(name, labelLimit))}"${close}:::${type}`
}

function edgeLine(edge: GraphEdge): string {
  const { from, to, type, role, cut } = edge
  const what = type === 'role' ? `${role ?? 'user'} role` : edgeLabels[type]
  const why = cut === undefined ? '' : `, ${cutLabels[cut.reason]}`
  const arrow = type === 'denies' ? '-.-x' : cut === undefined ? '-->' : '-.->'
  return `${from} ${arrow}|"${escapeMermaid(`${what}${why}${timeOf(edge)}`)}"| ${to}`
}

/** Returns the end of an edge's label: when the access that the edge gives starts, ends or ended. */
function timeOf({ startsAt, until, cut }: GraphEdge): string {
  if (startsAt !== undefined) return ` before ${isoOf(startsAt)}`
  if (until === undefined) return ''
  return cut?.reason === 'ended' ? ` at ${isoOf(until)}` : ` until ${isoOf(until)}`
}
