/** Renders the access of all principals as a table and a picture, and one user's access to a model as a graph. */
import { writeFileSync } from 'node:fs'
import { apply, type Command, emptyState, type State } from 'portcullis'
import {
  accessGraph,
  accessMatrix,
  describeGroup,
  groupDetailsResponse,
  renderGraphMermaid,
  renderMatrixMarkdown,
  renderMatrixSvg,
} from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const nextWeek = Date.parse('2024-10-21T12:00:00Z')
const heading = { actor: { type: 'system' }, at: noon } as const
const aliases = { 'gpt-4': 'openai', 'gpt-3.5-turbo': 'openai', 'claude-3-opus': 'anthropic' } as const

let state: State = emptyState
function run(command: Command): void {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

for (const providerAccount of ['openai', 'anthropic']) {
  run({ ...heading, type: 'CreateProviderAccount', providerAccount, anyModel: true })
}
for (const [alias, providerAccount] of Object.entries(aliases)) {
  run({ ...heading, type: 'CreateModelAlias', alias, targets: [{ providerAccount, model: alias }] })
}
const gpt = [{ type: 'aliasPattern', pattern: 'gpt-*' } as const]
const claude = [{ type: 'alias', alias: 'claude-3-opus' } as const]
run({ ...heading, type: 'CreateAccessGroup', accessGroup: 'gpt-models', members: gpt })
run({ ...heading, type: 'CreateAccessGroup', accessGroup: 'claude-models', members: claude })
run({ ...heading, type: 'CreatePlan', plan: 'pro', accessGroups: ['gpt-models', 'claude-models'] })
run({ ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } })
run({ ...heading, type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', plan: 'pro' })
run({ ...heading, type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev' })
const dev = { type: 'team', id: 'acme-dev' } as const
run({ ...heading, type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: dev, expiresAt: nextWeek })
run({ ...heading, type: 'CreateVirtualAccount', organization: 'org_acme', virtualAccount: 'chatbot' })
const chatbot = { type: 'virtualAccount', id: 'chatbot' } as const
run({ ...heading, type: 'GrantRole', principal: chatbot, providerAccount: 'anthropic', role: 'user' })
run({ ...heading, type: 'CreateUser', user: 'ann' })
run({ ...heading, type: 'AddTeamMember', team: 'acme-prod', user: 'ann', role: 'member' })
const selector = { type: 'alias', alias: 'gpt-4' } as const
const subject = { type: 'team', id: 'acme-prod' } as const
run({ ...heading, type: 'CreateRestriction', restriction: 'no-gpt-4', subject, selector })

const matrix = accessMatrix(state, { at: noon })
if (matrix.ok) console.log(renderMatrixMarkdown(matrix))

// `npx tsx examples/12-matrix.ts matrix.svg` also draws it as a picture.
const file = process.argv.at(-1)
if (matrix.ok && file?.endsWith('.svg')) writeFileSync(file, renderMatrixSvg(matrix, { title: 'Access at ACME' }))

const graph = accessGraph({ type: 'user', id: 'ann' }, 'gpt-4', state, { at: noon })
if (graph.ok) console.log(renderGraphMermaid(graph))

// The response of the model-access-group API for one group.
const group = describeGroup('gpt-models', state, { at: noon })
if (group.ok) console.log(JSON.stringify(groupDetailsResponse(group)))
