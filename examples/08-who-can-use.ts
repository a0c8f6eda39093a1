/**
 * Lists every principal that `authorize` allows to use a model, with the team or grant that gives access. Also reads
 * the list in pages.
 */
import { apply, type Command, emptyState, type Principal, type State } from 'portcullis'
import { whoCanUse, whoCanUsePage } from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const day = 86_400_000
const heading = { actor: { type: 'system' }, at: noon } as const
const teams = ['acme-prod', 'techco-dev', 'client-staging']

const commands: readonly Command[] = [
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4'] },
  {
    ...heading,
    type: 'CreateModelAlias',
    alias: 'gpt-4',
    targets: [{ providerAccount: 'openai', model: 'gpt-4' }],
  },
  {
    ...heading,
    type: 'CreateAccessGroup',
    accessGroup: 'gpt-models',
    members: [{ type: 'alias', alias: 'gpt-4' }],
  },
  { ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  ...teams.map(
    (team): Command => ({
      ...heading,
      type: 'CreateTeam',
      organization: 'org_acme',
      team,
      accessGroups: ['gpt-models'],
    }),
  ),
  { ...heading, type: 'CreateUser', user: 'ann' },
  { ...heading, type: 'AddTeamMember', team: 'acme-prod', user: 'ann', role: 'member' },
  { ...heading, type: 'CreateUser', user: 'rob' },
  {
    ...heading,
    type: 'GrantRole',
    principal: { type: 'user', id: 'rob' },
    providerAccount: 'openai',
    role: 'user',
    expiresAt: noon + 7 * day,
  },
  { ...heading, type: 'SuspendTeam', team: 'client-staging' },
]

let state: State = emptyState
for (const command of commands) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

const found = whoCanUse('gpt-4', state, { at: noon })
if (!found.ok) throw new Error(found.fault.message)

// Entries are computed lazily, so stopping early saves the rest of the work.
for (const { principal, reach, teams, until } of found.principals) {
  const by = reach.map((path) => (path.type === 'role' ? `${path.role} of ${path.providerAccount}` : path.accessGroup))
  const through = teams === undefined ? '' : ` through [${teams.join(', ')}]`
  const end = until === undefined ? '' : ` until ${new Date(until).toISOString()}`
  console.log(`${principal.type} ${principal.id} by ${by.join(', ')}${through}${end}`)
}

// `teams_with_access` of the model-access-group API. The suspended team holds the group but has no access.
const group = whoCanUse({ type: 'accessGroup', accessGroup: 'gpt-models' }, state, { at: noon })
const withAccess = group.ok ? [...group.principals].map(({ principal }) => principal) : []
console.log(`teams_with_access: ${withAccess.flatMap(({ type, id }) => (type === 'team' ? [id] : [])).join(', ')}`)

// Pages of two. `next` is plain data and stays valid when the state changes between pages.
let after: Principal | undefined
do {
  const page = whoCanUsePage('gpt-4', state, { at: noon, limit: 2, after })
  if (!page.ok) throw new Error(page.fault.message)
  console.log(`page: ${page.principals.map(({ principal }) => principal.id).join(', ')}`)
  after = page.next
} while (after !== undefined)

const unknown = whoCanUse('gpt-5', state, { at: noon })
if (!unknown.ok) console.log(`${unknown.fault.code}: ${unknown.fault.message}`)
