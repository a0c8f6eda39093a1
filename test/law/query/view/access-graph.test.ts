import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import { isId } from '../../../../src/model/value/id.ts'
import type { Principal } from '../../../../src/model/value/principal.ts'
import { authorize } from '../../../../src/policy/authorize.ts'
import type { QueryFailure } from '../../../../src/query/query-fault.ts'
import { accessGraph, graphOf } from '../../../../src/query/view/graph/access-graph.ts'
import type { AccessGraph } from '../../../../src/query/view/graph/graph.ts'
import { renderGraphMermaid } from '../../../../src/query/view/graph/render-graph-mermaid.ts'
import { origin } from '../../../../src/testing/arbitrary/window.ts'
import { arbitraryAnything, instantsOf, nastyIds } from '../../../../src/testing/index.ts'
import { runs } from '../../runs.ts'
import { aliases, holding, memberOf, role, world } from '../../world.ts'
import { givesAccess, knownNames } from '../access.ts'
import { arbitraryStateAt, everyPrincipal } from '../state-at.ts'

function graphAt(principal: Principal, model: string, state: State, at: number): AccessGraph {
  const graph = graphOf(principal, model, state, { at })
  if (!graph.ok) throw new Error(graph.fault.message)
  return graph
}

/** Whether a path of the graph leads from the principal to a provider account without crossing a cut edge. */
function hasPath({ nodes, edges }: AccessGraph): boolean {
  const reached = new Set(nodes.slice(0, 1).map(({ id }) => id))
  for (let size = 0; size < reached.size; ) {
    size = reached.size
    for (const { from, to, type, cut } of edges) {
      if (reached.has(from) && cut === undefined && type !== 'denies') reached.add(to)
    }
  }
  return nodes.some(({ id, type }) => type === 'providerAccount' && reached.has(id))
}

/** Returns the access graph for each pair of a principal and a model name of a state. */
function everyGraph(state: State, at: number): { principal: Principal; model: string; graph: AccessGraph }[] {
  return everyPrincipal(state).flatMap((principal) =>
    knownNames(state).map((model) => ({ principal, model, graph: graphAt(principal, model, state, at) })),
  )
}

test('a path without a cut exists if and only if `authorize` gives access', () => {
  const met = { access: 0, cut: 0, none: 0 }
  const cuts = new Map<string, number>()
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const { principal, model, graph } of everyGraph(state, at)) {
        const decision = authorize({ type: 'use', who: principal, model, at }, state)
        const access = givesAccess(decision)
        expect({ principal, model, hasPath: hasPath(graph), access: graph.access }).toEqual({
          principal,
          model,
          hasPath: access,
          access,
        })
        if (!access) expect(graph.reason).toBe(decision.effect === 'deny' ? decision.reason : undefined)
        const isCut = graph.edges.some(({ cut }) => cut !== undefined)
        met[access ? 'access' : isCut ? 'cut' : 'none'] += 1
        for (const { cut } of graph.edges) if (cut) cuts.set(cut.reason, (cuts.get(cut.reason) ?? 0) + 1)
      }
    }),
    runs(300),
  )
  expect(Math.min(...Object.values(met))).toBeGreaterThan(50)
  const reasons = ['ended', 'model_restricted', 'model_retired', 'model_unavailable', 'not_entitled', 'not_started']
  for (const reason of [...reasons, 'organization_suspended', 'principal_suspended', 'team_suspended']) {
    expect([reason, (cuts.get(reason) ?? 0) > 5]).toEqual([reason, true])
  }
})

test('every path of an allow is in the graph, and its first edge has no cut', () => {
  let met = 0
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const { principal, model, graph } of everyGraph(state, at)) {
        const decision = authorize({ type: 'use', who: principal, model, at }, state)
        for (const path of decision.effect === 'allow' && decision.type === 'use' ? decision.reach : []) {
          const { principal: holder } = path
          const [type, name] = holder.type === 'member' ? ['membership', holder.team] : [holder.type, holder.id]
          const isHolder = (id: string) =>
            graph.nodes.some((node) => node.id === id && node.type === type && node.name === name)
          const leaving = graph.edges.filter((edge) => isHolder(edge.from) && edge.cut === undefined)
          const nodeOf = (id: string) => graph.nodes.find((node) => node.id === id)
          const found = leaving.filter((edge) => {
            const to = nodeOf(edge.to)
            if (path.type === 'role') {
              return (
                edge.type === 'role' &&
                edge.role === path.role &&
                edge.until === path.until &&
                to?.name.startsWith(`${path.providerAccount}/`)
              )
            }
            if (path.plan !== undefined) return edge.type === 'plan' && to?.name === path.plan
            return edge.type === 'assigned' && to?.name === path.accessGroup && edge.until === path.until
          })
          expect(found.length).toBeGreaterThan(0)
          met += 1
        }
      }
    }),
    runs(200),
  )
  expect(met).toBeGreaterThan(100)
})

test('a graph is JSON: the first node is the principal, node ids and edges are unique, edges join its nodes', () => {
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const { principal, graph } of everyGraph(state, at)) {
        expect(JSON.parse(JSON.stringify(graph))).toEqual(graph)
        expect(graph.nodes[0]).toEqual({ id: 'n1', type: principal.type, name: principal.id })
        const ids = graph.nodes.map(({ id }) => id)
        expect(ids).toEqual(ids.map((_, i) => `n${i + 1}`))
        for (const { from, to } of graph.edges) expect(ids.includes(from) && ids.includes(to)).toBe(true)
        const ends = graph.edges.map(({ from, to, type, role }) => JSON.stringify([from, to, type, role]))
        expect(new Set(ends).size).toBe(ends.length)
      }
    }),
    runs(100),
  )
})

test('a graph does not change before its `until`', () => {
  let ending = 0
  const timeless = ({ at: _, ...graph }: AccessGraph) => graph
  fc.assert(
    fc.property(arbitraryStateAt, ({ state, at }) => {
      for (const { principal, model, graph } of everyGraph(state, at)) {
        const until = graph.until ?? Number.POSITIVE_INFINITY
        if (graph.until !== undefined) ending += 1
        for (const later of instantsOf(state).filter((instant) => instant > at && instant < until)) {
          expect(timeless(graphAt(principal, model, state, later))).toEqual(timeless(graph))
        }
      }
    }),
    runs(100),
  )
  expect(ending).toBeGreaterThan(20)
})

describe('an invalid query', () => {
  const ask = accessGraph as (...query: readonly unknown[]) => AccessGraph | QueryFailure
  const state = world({ teams: [{ id: 'dev' }], modelAliases: [{ id: 'gpt-4' }] })
  const dev = { type: 'team', id: 'dev' }

  test.each<[string, unknown, string, string]>([
    ['user_unknown', { type: 'user', id: 'x' }, 'gpt-4', 'user `x` does not exist'],
    ['team_unknown', { type: 'team', id: 'x' }, 'gpt-4', 'team `x` does not exist'],
    ['virtual_account_unknown', { type: 'virtualAccount', id: 'x' }, 'gpt-4', 'virtual account `x` does not exist'],
    ['model_unknown', dev, 'gpt', 'no alias and no concrete model is named `gpt`'],
    [
      'query_invalid',
      { type: 'credential', id: 'x' },
      'gpt-4',
      'expected one of `user`, `team`, `virtualAccount` for `type`',
    ],
  ])('%s', (code, principal, model, message) => {
    expect(ask(principal, model, state, { at: 1_700_000_000_000 })).toMatchObject({
      ok: false,
      fault: { code, message },
    })
  })

  test('never throws, for any arguments and any state', () => {
    fc.assert(
      fc.property(arbitraryAnything, arbitraryAnything, (one, other) => {
        const graphs = [
          ask(one, other, state, { at: 1_700_000_000_000 }),
          ask(dev, 'gpt-4', one, { at: 1_700_000_000_000 }),
          ask(dev, 'gpt-4', state, one),
        ]
        for (const graph of graphs) if (!graph.ok) expect(typeof graph.fault.code).toBe('string')
      }),
      runs(300),
    )
  })
})

describe('Mermaid', () => {
  const decoded = (label: string): string => label.replace(/#(\d+);/g, (_, code) => String.fromCharCode(Number(code)))
  const safe = String.raw`(?:[A-Za-z0-9 ./,-]|[^\u0000-\u009f]|#\d+;)*`
  const node = new RegExp(String.raw`^  n\d+[([{]{1,2}"[a-z ]+<br/>(${safe})"[)\]}]{1,2}:::[A-Za-z]+$`)
  const edge = new RegExp(String.raw`^  n\d+ (?:-->|-\.->|-\.-x)\|"${safe}"\| n\d+$`)
  const style = /^ {2}(?:classDef [A-Za-z]+ [a-z0-9:#,]+|linkStyle [\d,]+ stroke:#d55e00)$/

  const hostile = [
    '"',
    '#quot;',
    '#35;',
    'a"]',
    '%%{init: {}}%%',
    'style a:#b;c',
    '`**b**`',
    '|',
    '<b>',
    '&amp;',
    'a\nend',
    '\u0000',
    '\ud800',
  ]
  const arbitraryName = fc.oneof(
    fc.constantFrom(...nastyIds, ...hostile),
    fc.string({ unit: 'binary', maxLength: 6 }),
    fc.string({ unit: fc.constantFrom(...'"#;<>|[](){}%`_-.\\&:=~$@! 1w'), maxLength: 8 }),
  )

  test('for any names, every line is a node, an edge or a style, and each label decodes to the name', () => {
    fc.assert(
      fc.property(arbitraryName, (name) => {
        const types = [
          'user',
          'team',
          'virtualAccount',
          'plan',
          'accessGroup',
          'alias',
          'model',
          'providerAccount',
          'restriction',
        ] as const
        const nodes = types.map((type, i) => ({ id: `n${i + 1}`, type, name }))
        const edges = nodes.slice(1).map(({ id }) => ({
          from: 'n1',
          to: id,
          type: 'assigned' as const,
          cut: { reason: 'ended' as const },
          until: 1_700_000_000_000,
        }))
        const text = renderGraphMermaid({ ok: true, at: 1_700_000_000_000, access: false, nodes, edges, version: 0 })
        const [head, ...lines] = text.split('\n')
        expect([head, lines.pop()]).toEqual(['flowchart LR', ''])
        for (const line of lines) expect(node.test(line) || edge.test(line) || style.test(line) ? '' : line).toBe('')
        const labels = lines.flatMap((line) => (node.exec(line) === null ? [] : [decoded(node.exec(line)?.[1] ?? '')]))
        expect(labels.length).toBe(types.length)
        const isPlain = isId(name) && !/^ | $|[\ufffe\uffff]/.test(name)
        if (isPlain && name.length <= 64) expect(new Set(labels)).toEqual(new Set([name]))
        // No Markdown syntax is left in labels: no list marker, emphasis or link.
        for (const line of lines) expect(line).not.toMatch(/<br\/>(?:-|\d+\.)|_|www\./i)
      }),
      runs(500),
    )
  })

  test('a graph of a state has one line per node and edge', () => {
    fc.assert(
      fc.property(arbitraryStateAt, ({ state, at }) => {
        for (const { graph } of everyGraph(state, at)) {
          const lines = renderGraphMermaid(graph).split('\n')
          expect(lines.filter((line) => node.test(line)).length).toBe(graph.nodes.length)
          expect(lines.filter((line) => edge.test(line)).length).toBe(graph.edges.length)
        }
      }),
      runs(100),
    )
  })
})

test('a user with several paths, one of them without a cut', () => {
  const state = world({
    organizations: [{ id: 'narrow', entitlement: { type: 'list', accessGroups: [] } }],
    modelAliases: [{ id: 'gpt-4' }],
    accessGroups: [
      { id: 'gpt-models', ...aliases('gpt-4') },
      { id: 'trial', ...aliases('gpt-4') },
    ],
    plans: [{ id: 'pro', accessGroups: ['gpt-models'] }],
    restrictions: [{ id: 'no', subject: { type: 'team', id: 'ops' }, selector: { type: 'alias', alias: 'gpt-4' } }],
    teams: [
      { id: 'dev', plan: 'pro' },
      { id: 'ops', plan: 'pro' },
      { id: 'tight', organization: 'narrow', plan: 'pro' },
    ],
    users: [
      { id: 'ann', ...memberOf('dev', 'ops', 'tight'), ...holding(['trial'], [{ expiresAt: 1_700_000_000_500 }]) },
    ],
    virtualAccounts: [{ id: 'bot', ...role('openai', 'manager') }],
  })
  expect(
    renderGraphMermaid(graphAt({ type: 'user', id: 'ann' }, 'gpt-4', state, origin + 1000))
      .split('\n')
      .slice(1, 30),
  ).toMatchInlineSnapshot(`
    [
      "  n1("user<br/>ann"):::user",
      "  n2["alias<br/>gpt-4"]:::alias",
      "  n3["model<br/>openai/gpt-4"]:::model",
      "  n4[("provider account<br/>openai")]:::providerAccount",
      "  n5(["access group<br/>trial"]):::accessGroup",
      "  n6("team<br/>dev"):::team",
      "  n7(["access group<br/>gpt-models"]):::accessGroup",
      "  n8["plan<br/>pro"]:::plan",
      "  n9("team<br/>ops"):::team",
      "  n10["alias<br/>gpt-4"]:::alias",
      "  n11["model<br/>openai/gpt-4"]:::model",
      "  n12{{"restriction<br/>no"}}:::restriction",
      "  n13(["access group<br/>gpt-models"]):::accessGroup",
      "  n14["plan<br/>pro"]:::plan",
      "  n15("team<br/>tight"):::team",
      "  n16["plan<br/>pro"]:::plan",
      "  n2 -->|"routes to"| n3",
      "  n3 -->|"served by"| n4",
      "  n1 -.->|"assigned, ended at 2023-11-14T22#58;13#58;20.500Z"| n5",
      "  n5 -->|"holds"| n2",
      "  n1 -->|"member"| n6",
      "  n6 -->|"on plan"| n8",
      "  n8 -->|"brings"| n7",
      "  n7 -->|"holds"| n2",
      "  n1 -->|"member"| n9",
      "  n10 -->|"routes to"| n11",
      "  n11 -.->|"served by, restricted"| n4",
      "  n12 -.-x|"denies"| n10",
      "  n9 -->|"on plan"| n14",
    ]
  `)
  expect(
    renderGraphMermaid(graphAt({ type: 'virtualAccount', id: 'bot' }, 'openai/gpt-4', state, 1000)),
  ).toMatchInlineSnapshot(`
    "flowchart LR
      n1("virtual account<br/>bot"):::virtualAccount
      n2["model<br/>openai/gpt-4"]:::model
      n3[("provider account<br/>openai")]:::providerAccount
      n2 -->|"served by"| n3
      n1 -->|"manager role"| n2
      classDef virtualAccount fill:#f3f5f8,stroke:#1f2328,color:#1f2328
      classDef model fill:#ffffff,stroke:#6e7781,color:#1f2328
      classDef providerAccount fill:#e6f5f0,stroke:#009e73,color:#1f2328
    "
  `)
})
