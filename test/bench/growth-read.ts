import { fromSnapshot } from '../../src/model/snapshot/from-snapshot.ts'
import { toSnapshot } from '../../src/model/snapshot/to-snapshot.ts'
import type { State } from '../../src/model/state/state.ts'
import { authorize } from '../../src/policy/authorize.ts'
import type { Who } from '../../src/policy/request/request.ts'
import { diffAccess } from '../../src/query/diff/diff-access.ts'
import { formatExplanation } from '../../src/query/explain/describe/format-explanation.ts'
import { explain } from '../../src/query/explain/explain.ts'
import { lint } from '../../src/query/lint/lint.ts'
import { listModels } from '../../src/query/list-models.ts'
import { describeGroup } from '../../src/query/view/directory/describe-group.ts'
import { describeTeam } from '../../src/query/view/directory/describe-team.ts'
import { accessGraph } from '../../src/query/view/graph/access-graph.ts'
import { accessMatrix } from '../../src/query/view/matrix/access-matrix.ts'
import { whoCanUsePage } from '../../src/query/who/who-can-use.ts'
import { holding } from '../law/world.ts'
import { ask, at, type Shape } from './growth-shape.ts'
import {
  inTeams,
  withAliases,
  withCredentials,
  withGroups,
  withMembers,
  withOpenScope,
  withPatterns,
  withPlan,
  withRestrictions,
  withRoles,
  withScope,
  withSuccessors,
  withWindows,
} from './growth-state.ts'

const ann: Who = { type: 'user', id: 'ann' }
const pat: Who = { type: 'credential', id: 'pat' }

interface Reader {
  readonly name: string
  readonly run: (state: State, model: string, who: Who) => unknown
}

const readers: readonly Reader[] = [
  { name: 'authorize', run: (state, model, who) => authorize(ask(model, { who }), state) },
  { name: 'listModels', run: (state, _, who) => listModels(who, state, { at }) },
  {
    name: 'explain',
    run: (state, model, who) => formatExplanation(explain(ask(model, { who }), state)),
  },
  { name: 'whoCanUse', run: (state, model) => whoCanUsePage(model, state, { at, limit: 100 }) },
  { name: 'lint', run: (state) => lint(state, { at }) },
  { name: 'matrix', run: (state) => accessMatrix(state, { at }) },
  { name: 'graph', run: (state, model) => accessGraph({ type: 'user', id: 'ann' }, model, state, { at }) },
  { name: 'snapshot', run: (state) => fromSnapshot(toSnapshot(state)) },
]

interface Held {
  readonly name: string
  readonly n: number
  readonly make: (n: number) => State
  readonly model: string
  readonly who?: Who
}

const chatters = holding(['chatters'])

const held: readonly Held[] = [
  { name: 'teams, unmetered, no reach', n: 250, make: (n) => inTeams(n, () => ({})), model: 'chat' },
  { name: 'teams, metered, no reach', n: 250, make: (n) => inTeams(n, () => ({ metered: true })), model: 'chat' },
  { name: 'teams, unmetered, reach', n: 250, make: (n) => inTeams(n, () => chatters), model: 'chat' },
  {
    name: 'teams, metered, reach',
    n: 250,
    make: (n) => inTeams(n, () => ({ metered: true, ...chatters })),
    model: 'chat',
  },
  {
    name: 'teams, metered, other reach',
    n: 250,
    make: (n) => inTeams(n, () => ({ metered: true, ...holding(['others']) })),
    model: 'chat',
  },
  { name: 'teams, retired', n: 250, make: (n) => inTeams(n, () => chatters, {}, retired), model: 'taken' },
  { name: 'groups', n: 1000, make: withGroups, model: 'm-0' },
  { name: 'group patterns', n: 250, make: (n) => withPatterns(n, 1000), model: 'm-0' },
  { name: 'group patterns × names', n: 250, make: (n) => withPatterns(n, n), model: 'm-0' },
  { name: 'scope patterns', n: 25, make: (n) => withScope(n, 10_000), model: 'm-0', who: pat },
  { name: 'open scope patterns', n: 25, make: withOpenScope, model: 'openai/p1-x', who: pat },
  { name: 'restrictions of ann', n: 250, make: (n) => withRestrictions(n, 1000), model: 'm-0' },
  { name: 'restrictions of all', n: 250, make: (n) => withRestrictions(n, 1000, false), model: 'm-0' },
  { name: 'windows', n: 1000, make: withWindows, model: 'chat' },
  { name: 'roles', n: 250, make: withRoles, model: 'm-a-0' },
  { name: 'credentials', n: 1000, make: withCredentials, model: 'chat' },
  { name: 'successors', n: 1000, make: withSuccessors, model: 'm-0' },
  { name: 'members', n: 1000, make: withMembers, model: 'chat' },
  { name: 'aliases', n: 1000, make: withAliases, model: 'm-0' },
  { name: 'plan groups × teams', n: 100, make: withPlan, model: 'chat' },
]

const retired = {
  modelAliases: [
    { id: 'taken', lifecycle: { type: 'retired', successor: 'chat' } as const },
    { id: 'chat' },
    { id: 'other' },
  ],
}

/** Every reader on every state. */
export const readShapes: readonly Shape[] = held.flatMap(({ name, n, make, model, who = ann }) => [
  ...readers.map((reader): Shape => {
    return {
      name: `${reader.name}: ${name}`,
      n,
      make: (size) => {
        const state = make(size)
        return () => reader.run(state, model, who)
      },
    }
  }),
  {
    name: `diffAccess: ${name}`,
    n,
    make: (size: number) => {
      const [state, other] = [make(size), make(size)]
      return () => diffAccess(state, other, { at })
    },
  },
  {
    name: `describe: ${name}`,
    n,
    make: (size: number) => {
      const state = make(size)
      return () => [describeGroup('chatters', state, { at }), describeTeam('dev', state, { at })]
    },
  },
])
