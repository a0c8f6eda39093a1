import { escapeMermaid, isoOf, labelOf } from '../render-text.ts'
import type { AccessGraph, GraphEdge, GraphNode } from './graph.ts'

const labelLimit = 64

/** What a node is called and how it is drawn: the brackets give its shape, the colours are those of the matrix. */
const nodeKinds: Readonly<Record<GraphNode['type'], { noun: string; open: string; close: string; style: string }>> = {
  user: { noun: 'user', open: '(', close: ')', style: 'fill:#ffffff,stroke:#1f2328,color:#1f2328' },
  team: { noun: 'team', open: '(', close: ')', style: 'fill:#f3f5f8,stroke:#1f2328,color:#1f2328' },
  virtualAccount: {
    noun: 'virtual account',
    open: '(',
    close: ')',
    style: 'fill:#f3f5f8,stroke:#1f2328,color:#1f2328',
  },
  plan: { noun: 'plan', open: '[', close: ']', style: 'fill:#56b4e9,stroke:#0072b2,color:#000000' },
  accessGroup: { noun: 'access group', open: '([', close: '])', style: 'fill:#0072b2,stroke:#0072b2,color:#ffffff' },
  alias: { noun: 'alias', open: '[', close: ']', style: 'fill:#fff8e6,stroke:#e69f00,color:#1f2328' },
  model: { noun: 'model', open: '[', close: ']', style: 'fill:#ffffff,stroke:#6e7781,color:#1f2328' },
  providerAccount: {
    noun: 'provider account',
    open: '[(',
    close: ')]',
    style: 'fill:#e6f5f0,stroke:#009e73,color:#1f2328',
  },
  restriction: { noun: 'restriction', open: '{{', close: '}}', style: 'fill:#fff4ec,stroke:#d55e00,color:#1f2328' },
}

const edgeWords: Readonly<Record<Exclude<GraphEdge['type'], 'role'>, string>> = {
  member: 'member',
  plan: 'on plan',
  assigned: 'assigned',
  brings: 'brings',
  holds: 'holds',
  target: 'routes to',
  servedBy: 'served by',
  denies: 'denies',
}

const cutWords: Readonly<Record<NonNullable<GraphEdge['cut']>['reason'], string>> = {
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
 * A graph as a Mermaid flowchart, from left to right. What is cut is dotted, with the reason; a restriction points at what
 * it denies. Whatever the names, they are labels and nothing else: Mermaid reads none of their characters as its own.
 */
export function renderGraphMermaid({ nodes, edges }: AccessGraph): string {
  const used = Object.entries(nodeKinds).filter(([type]) => nodes.some((node) => node.type === type))
  const cut = edges.flatMap(({ cut, type }, i) => (cut === undefined && type !== 'denies' ? [] : [i]))
  const lines = [
    'flowchart LR',
    ...nodes.map(nodeLine),
    ...edges.map(edgeLine),
    ...used.map(([type, { style }]) => `classDef ${type} ${style}`),
    ...(cut.length === 0 ? [] : [`linkStyle ${cut.join(',')} stroke:#d55e00`]),
  ]
  return `${lines.join('\n  ')}\n`
}

function nodeLine({ id, type, name }: GraphNode): string {
  const { noun, open, close } = nodeKinds[type]
  return `${id}${open}"${noun}<br/>${escapeMermaid(labelOf(name, labelLimit))}"${close}:::${type}`
}

function edgeLine(edge: GraphEdge): string {
  const { from, to, type, role, startsAt, until, cut } = edge
  const what = type === 'role' ? `${role ?? 'user'} role` : edgeWords[type]
  const why = cut === undefined ? '' : `, ${cutWords[cut.reason]}`
  const ended = cut?.reason === 'ended' ? ' at' : ' until'
  const when =
    startsAt === undefined ? (until === undefined ? '' : `${ended} ${isoOf(until)}`) : ` before ${isoOf(startsAt)}`
  const arrow = type === 'denies' ? '-.-x' : cut === undefined ? '-->' : '-.->'
  return `${from} ${arrow}|"${escapeMermaid(`${what}${why}${when}`)}"| ${to}`
}
