/** Grants an experimental model for a week. The grant ends by itself, without a job that revokes it. */
import { apply, authorize, type Command, emptyState, type State } from 'portcullis'

const monday = Date.parse('2024-10-14T00:00:00Z')
const day = 86_400_000
const heading = { actor: { type: 'system' }, at: monday } as const
const dev = { type: 'team', id: 'acme-dev' } as const

const commands: readonly Command[] = [
  { ...heading, type: 'CreateProviderAccount', providerAccount: 'google', models: ['gemini-1.5-pro'] },
  {
    ...heading,
    type: 'CreateModelAlias',
    alias: 'gemini-1.5-pro',
    targets: [{ providerAccount: 'google', model: 'gemini-1.5-pro' }],
  },
  {
    ...heading,
    type: 'CreateAccessGroup',
    accessGroup: 'experimental-models',
    members: [{ type: 'aliasPattern', pattern: 'gemini-*' }],
  },
  { ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  { ...heading, type: 'CreateTeam', organization: 'org_acme', team: 'acme-dev' },
  {
    ...heading,
    type: 'AssignAccessGroup',
    accessGroup: 'experimental-models',
    principal: dev,
    startsAt: monday + day,
    expiresAt: monday + 8 * day,
  },
]

let state: State = emptyState
for (const command of commands) {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  state = applied.state
}

// One state and one request at different instants. Windows are half-open: `expiresAt` itself is outside.
for (const at of [monday, monday + day, monday + 8 * day - 1, monday + 8 * day]) {
  const decision = authorize({ type: 'use', who: dev, model: 'gemini-1.5-pro', at }, state)
  // `until` is the instant up to which a gateway may cache the decision.
  const answer =
    decision.effect === 'deny'
      ? decision.reason
      : `allow until ${decision.until === undefined ? 'further notice' : new Date(decision.until).toISOString()}`
  console.log(`${new Date(at).toISOString()}: ${answer}`)
}
