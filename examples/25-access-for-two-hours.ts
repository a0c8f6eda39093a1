/** Access for two hours with an approval: a user requests a model, an admin previews and approves, and the access ends. */
import { apply, authorize, type Command, emptyState, type State } from 'portcullis'
import { formatPreview, listAccessRequests, listOwnAccessRequests, preview } from 'portcullis/query'

const noon = Date.parse('2026-03-02T12:00:00Z')
const minute = 60_000
const hour = 60 * minute
const host = { actor: { type: 'system' }, at: noon } as const
const [ann, olga] = [
  { type: 'user', id: 'ann' },
  { type: 'user', id: 'olga' },
] as const
const membership = { type: 'member', team: 'dev', user: 'ann' } as const

let state: State = emptyState

/** Applies a command and returns `done`, or the code of the rejection. */
function execute(command: Command): string {
  const applied = apply(command, state)
  if (!applied.ok) return `${applied.rejection.code}: ${applied.rejection.message}`
  state = applied.state
  return 'done'
}

const founding: readonly Command[] = [
  { ...host, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5'] },
  { ...host, type: 'CreateModelAlias', alias: 'gpt-5', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { ...host, type: 'CreateAccessGroup', accessGroup: 'frontier', members: [{ type: 'alias', alias: 'gpt-5' }] },
  {
    ...host,
    type: 'CreateOrganization',
    organization: 'acme',
    entitlement: { type: 'list', accessGroups: ['frontier'] },
  },
  { ...host, type: 'CreateTeam', team: 'dev', organization: 'acme' },
  { ...host, type: 'CreateUser', user: 'ann' },
  { ...host, type: 'CreateUser', user: 'olga' },
  { ...host, type: 'AddTeamMember', team: 'dev', user: 'ann' },
  { ...host, type: 'AddOrganizationAdmin', organization: 'acme', admin: olga },
]
for (const command of founding) if (execute(command) !== 'done') throw new Error(command.type)

// Ann knows the name of the model, and not the groups. What the organization cannot give is refused, existing or not.
const request = { type: 'RequestAccess', actor: ann, at: noon, subject: membership, duration: 2 * hour } as const
const asked = {
  ...request,
  request: 'ask-1',
  wanted: { type: 'model', name: 'gpt-5' },
  reason: 'incident 311',
} as const
console.log(`ann requests gpt-6: ${execute({ ...asked, wanted: { type: 'model', name: 'gpt-6' } })}`)
console.log(`ann requests gpt-5: ${execute(asked)}`)
console.log(`ann approves: ${execute({ type: 'ApproveAccess', actor: ann, at: noon, request: 'ask-1' })}`)

// Olga sees what she may decide, with the groups that would give the model, and what an approval would change.
const at = noon + 10 * minute
const list = listAccessRequests(olga, state, { at })
if (!list.ok) throw new Error(list.fault.message)
for (const one of list.requests) console.log(`for olga: ${one.request} of ${one.requester}, with ${one.accessGroups}`)
const approval: Command = { type: 'ApproveAccess', actor: olga, at, request: 'ask-1', accessGroup: 'frontier' }
const foreseen = preview([approval], state)
if (!foreseen.ok) throw new Error(foreseen.fault.message)
console.log(formatPreview(foreseen))
console.log(`olga approves: ${execute(approval)}`)
console.log(`olga denies: ${execute({ type: 'DenyAccess', actor: olga, at, request: 'ask-1' })}`)

for (const instant of [at - 1, at, at + 2 * hour - 1, at + 2 * hour]) {
  const decision = authorize({ type: 'use', who: ann, team: 'dev', model: 'gpt-5', at: instant }, state)
  const answer = decision.effect === 'deny' ? decision.reason : 'allow'
  console.log(`${new Date(instant).toISOString()}: ${answer}`)
}
const own = listOwnAccessRequests('ann', state, { at })
if (own.ok) for (const { request: id, outcome } of own.requests) console.log(`for ann: ${id} ${outcome?.type}`)
