import type { CommandBody } from '../../../src/runtime/index.ts'
import { type CloseWhen, issueCommand, type Rig, startRig } from './rig.ts'

const user = (id: string) => ({ type: 'user', id }) as const
const team = (id: string) => ({ type: 'team', id }) as const

/** A string that occurs in ids of the organization `acme` and nowhere else, so that an answer can be searched for it. */
export const mark = 'zq7x'

/** The id of a thing of `acme`. */
export const own = (id: string): string => `${id}-${mark}`

/** The organization `acme` with its things, the organization `globex`, and models. Users: `ann`, `bob`, `alice`, `eve`, `mel`. */
const commands: readonly CommandBody[] = [
  ...['ann', 'bob', 'alice', 'eve', 'mel'].map((id): CommandBody => ({ type: 'CreateUser', user: id, metered: true })),
  { type: 'CreateUser', user: own('member') },
  { type: 'CreateProviderAccount', providerAccount: 'openai', models: ['gpt-5', 'gpt-5-mini'], anyModel: false },
  { type: 'CreateProviderAccount', providerAccount: own('azure'), anyModel: true },
  {
    type: 'CreateModelAlias',
    alias: 'fast',
    description: 'Fast',
    targets: [{ providerAccount: 'openai', model: 'gpt-5-mini' }],
  },
  { type: 'CreateModelAlias', alias: 'smart', targets: [{ providerAccount: 'openai', model: 'gpt-5' }] },
  { type: 'CreateAccessGroup', accessGroup: 'standard', members: [{ type: 'alias', alias: 'fast' }] },
  { type: 'CreateAccessGroup', accessGroup: 'premium', members: [{ type: 'alias', alias: 'smart' }] },
  { type: 'CreateAccessGroup', accessGroup: own('secret'), members: [] },
  { type: 'CreatePlan', plan: 'starter', accessGroups: ['standard'] },
  {
    type: 'CreateOrganization',
    organization: own('acme'),
    entitlement: { type: 'list', accessGroups: ['standard', 'premium'] },
  },
  { type: 'CreateOrganization', organization: 'globex', entitlement: { type: 'unlimited' } },
  { type: 'AddOrganizationAdmin', organization: own('acme'), admin: user('alice') },
  { type: 'AddOrganizationAdmin', organization: 'globex', admin: user('eve') },
  {
    ...{ type: 'CreateTeam', team: own('dev'), organization: own('acme'), name: 'Development', metered: true },
    ...{ accessGroups: ['standard'], credits: '10' },
  },
  { type: 'CreateTeam', team: 'globex-dev', organization: 'globex' },
  { type: 'AddTeamMember', team: own('dev'), user: 'ann', role: 'manager' },
  { type: 'AddTeamMember', team: own('dev'), user: own('member') },
  { type: 'AddTeamMember', team: own('dev'), user: 'root' },
  { type: 'InviteTeamMember', team: own('dev'), user: 'bob' },
  { type: 'CreateVirtualAccount', virtualAccount: own('robot'), organization: own('acme'), metered: true },
  { type: 'CreateVirtualAccount', virtualAccount: 'globex-robot', organization: 'globex' },
  { type: 'GrantRole', providerAccount: 'openai', principal: team(own('dev')), role: 'user' },
  { type: 'GrantRole', providerAccount: 'openai', principal: user('mel'), role: 'manager' },
  {
    ...{ type: 'CreateRestriction', restriction: own('ban'), subject: { type: 'organization', id: own('acme') } },
    selector: { type: 'alias', alias: 'smart' },
  },
]

/** The callers of the world, by the name of their token: its owner, and what narrows it. */
const callers = {
  /** A manager of the team `dev`. */
  ann: { credential: own('ann-token'), owner: user('ann') },
  /** The admin of `acme`. */
  alice: { credential: own('alice-token'), owner: user('alice') },
  /** The admin of `globex`. */
  eve: { credential: 'eve-token', owner: user('eve') },
  /** A manager of the provider account `openai`. */
  mel: { credential: 'mel-token', owner: user('mel') },
  /** A user who manages nothing. */
  bob: { credential: 'bob-token', owner: user('bob') },
  /** The key of the team `dev`. */
  key: { credential: own('key'), owner: team(own('dev')) },
  // Tokens of `root` that manage nothing.
  revoked: { credential: 'revoked', owner: user('root') },
  suspended: { credential: 'suspended', owner: user('root') },
  scoped: {
    ...{ credential: 'scoped', owner: user('root') },
    scope: { type: 'list', selectors: [{ type: 'alias', alias: 'fast' }] },
  },
  limited: { credential: 'limited', owner: user('root'), operations: { type: 'list', operations: ['chat'] } },
} as const
export type Caller = keyof typeof callers | 'expired'

/** The secret of a caller's token. */
export const secretOf = (caller: Caller): string => `pc_secret_of_${caller}`

/** Starts an API with the world's organizations and callers. */
export async function startWorld(closeWhen?: CloseWhen): Promise<Rig> {
  const expiresAt = Date.now() + 60_000
  const tokens = [
    ...Object.entries(callers).map(([caller, fields]) => issueCommand(secretOf(caller as Caller), fields)),
    issueCommand(secretOf('expired'), { credential: 'expired', owner: user('root'), expiresAt }),
    { type: 'RevokeCredential', credential: 'revoked' } as const,
    { type: 'SuspendCredential', credential: 'suspended' } as const,
  ]
  const rig = await startRig([...commands, ...tokens], {}, closeWhen)
  rig.clock.offset = 60_000
  await rig.engine.booked()
  await requestAccess(rig)
  return rig
}

/** `ann` and `root` each request access for their membership. */
async function requestAccess({ engine }: Rig): Promise<void> {
  for (const [request, id] of [
    [own('ask'), 'ann'],
    [own('ask-root'), 'root'],
  ] as const) {
    const command: CommandBody = {
      ...{ type: 'RequestAccess', request, subject: { type: 'member', team: own('dev'), user: id } },
      ...{ wanted: { type: 'accessGroup', id: 'premium' }, reason: 'a demo', duration: 3_600_000 },
    }
    const executed = await engine.execute(command, { actor: user(id) })
    if (!executed.ok) throw new Error(JSON.stringify(executed))
  }
}
