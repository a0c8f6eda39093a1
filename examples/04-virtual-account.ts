/** An application with a virtual account keeps its access when the user who created it leaves. */
import { createHash } from 'node:crypto'
import { apply, authorize, type Command, emptyState, formatDecision, type State } from 'portcullis'

const noon = Date.parse('2024-10-14T12:00:00Z')
const system = { actor: { type: 'system' }, at: noon } as const
const ann = { actor: { type: 'user', id: 'ann' }, at: noon } as const
const chatbot = { type: 'virtualAccount', id: 'support-chatbot' } as const

// The application keeps the secret. The library stores only its digest.
const digest = createHash('sha256').update('va-secret-of-the-chatbot').digest('hex')

let state: State = emptyState
function run(...commands: readonly Command[]): void {
  for (const command of commands) {
    const applied = apply(command, state)
    if (!applied.ok) throw new Error(applied.rejection.message)
    state = applied.state
  }
}

function call(model: string): void {
  const who = { type: 'credentialDigest', digest } as const
  console.log(formatDecision(authorize({ type: 'use', who, model, at: noon }, state)))
}

run(
  { ...system, type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-4'] },
  { ...system, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  { ...system, type: 'CreateUser', user: 'ann' },
  { ...system, type: 'AddOrganizationAdmin', organization: 'org_acme', admin: { type: 'user', id: 'ann' } },
  {
    ...system,
    type: 'GrantRole',
    principal: { type: 'user', id: 'ann' },
    providerAccount: 'openai',
    role: 'manager',
  },
  // From here on Ann is the actor, limited to her own permissions.
  { ...ann, type: 'CreateVirtualAccount', organization: 'org_acme', virtualAccount: 'support-chatbot' },
  { ...ann, type: 'GrantRole', principal: chatbot, providerAccount: 'openai', role: 'user' },
  { ...ann, type: 'IssueCredential', credential: 'chatbot-token', owner: chatbot, digest },
)
call('openai/gpt-4')

run({ ...system, type: 'DeleteUser', user: 'ann' })
call('openai/gpt-4')

// Revoking the account's credential ends its access.
run({ ...system, type: 'RevokeCredential', credential: 'chatbot-token' })
call('openai/gpt-4')
