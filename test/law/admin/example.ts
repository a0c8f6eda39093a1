import type { AdminApi } from '../../../src/admin/index.ts'
import type { Rig } from './rig.ts'
import { mark, own, startWorld } from './world.ts'

/** A request for one operation that succeeds in the world, as `root`. */
export interface Example {
  /** The values of parameters in the path that differ from `params`. */
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: Readonly<Record<string, unknown>>
  /** Another body that has the fields that cannot be in the first. */
  readonly otherBody?: Readonly<Record<string, unknown>>
  /** Requests that prepare the world, as `root`. */
  readonly before?: readonly (readonly [method: string, path: string, body?: unknown])[]
}

/** The values of parameters in the path: things of `acme`. */
const params: Readonly<Record<string, string>> = {
  organization_id: own('acme'),
  team_id: own('dev'),
  user_id: 'ann',
  virtual_account_id: own('robot'),
  provider_account_id: 'openai',
  alias: 'fast',
  group_name: 'standard',
  plan_id: 'starter',
  restriction_id: own('ban'),
  token_id: own('key'),
  request_id: own('ask'),
  kind: 'teams',
  type: 'team',
  id: own('dev'),
}

const later = '2040-01-31T09:00:00Z'
const latest = '2041-01-31T10:00:00+01:00'
const soon = () => new Date(Date.now() + 3_600_000).toISOString()
const team = { type: 'team', id: own('dev') }
const member = { type: 'alias', alias: 'smart' }
const models = { models: ['gpt-5-nano'] }
const page = { limit: '10', after: '0' }
const scope = { type: 'list', selectors: [{ type: 'model', provider_account_id: 'openai', model: 'gpt-5' }] }
const operations = { type: 'list', operations: ['chat'] }
const invite = ['POST', `/teams/${own('dev')}/invitations`, { user_id: 'root' }] as const
const suspendModel = ['POST', '/provider-accounts/openai/models/suspend', { model: 'gpt-5' }] as const
const leave = ['DELETE', `/teams/${own('dev')}/members/root`] as const

/** A request for every operation, by `operationId`, with every field of the body. */
export const examples: Readonly<Record<string, Example>> = {
  createAccessGroup: { body: { group_name: 'new', description: 'New', model_aliases: ['fast', 'openai/gpt-5'] } },
  listAccessGroups: { query: { limit: '10', after: 'a' } },
  getAccessGroup: {},
  getPlan: {},
  getRestriction: {},
  listTeamMembers: { query: { limit: '10', after: 'a' } },
  getDecision: { params: { decision_id: 'decided' } },
  addModelsToAccessGroup: { body: { model_aliases: ['smart'] } },
  removeModelsFromAccessGroup: { body: { model_aliases: ['fast'] } },
  updateAccessGroup: { body: { description: 'Changed' } },
  setAccessGroupMembers: { body: { members: [member, { type: 'allAliases' }] } },
  addAccessGroupMembers: {
    body: { members: [{ type: 'modelPattern', provider_account_id: 'openai', pattern: 'gpt-*' }] },
  },
  removeAccessGroupMembers: { body: { members: [{ type: 'alias', alias: 'fast' }] } },
  assignAccessGroup: {
    body: {
      principal: { type: 'member', team_id: own('dev'), user_id: 'ann' },
      ...{ starts_at: later, expires_at: latest },
    },
  },
  unassignAccessGroup: { body: { principal: team } },
  deleteAccessGroup: {},

  createOrganization: {
    body: { organization_id: 'new', name: 'New', entitlement: { type: 'list', access_groups: ['standard'] } },
  },
  listOrganizations: { query: page },
  getOrganization: {},
  updateOrganization: {
    body: { name: null, entitlement: { type: 'list', access_groups: ['standard'] } },
  },
  suspendOrganization: { body: {} },
  activateOrganization: { body: {} },
  deleteOrganization: { query: { cascade: 'true' } },
  addOrganizationAdmin: { body: { admin: { type: 'user', id: 'ann' } } },
  removeOrganizationAdmin: { body: { admin: { type: 'user', id: 'alice' } } },
  setOrganizationAccessGroups: { body: { access_groups: ['premium'] } },

  createTeam: {
    body: {
      organization_id: own('acme'),
      team_id: own('new'),
      team_alias: 'New',
      access_groups: ['standard'],
      credits_allocated: 12.5,
      plan_id: 'starter',
      metered: true,
      virtual_key: true,
    },
  },
  updateTeam: { body: { team_alias: null, access_groups: ['premium'], plan_id: 'starter', metered: true } },
  getTeam: {},
  listTeams: { query: { organization_id: own('acme'), ...page } },
  suspendTeam: { body: {} },
  activateTeam: { body: {} },
  deleteTeam: {},
  addTeamMember: { body: { user_id: 'bob', role: 'manager' } },
  changeTeamMemberRole: { body: { role: 'member' } },
  removeTeamMember: {},
  inviteTeamMember: { body: { user_id: 'eve', role: 'member', expires_at: soon() } },
  withdrawInvitation: { params: { user_id: 'bob' } },
  listTeamInvitations: {},
  setTeamAccessGroups: { body: { access_groups: ['premium'] } },

  createUser: { body: { user_id: 'new', name: 'New', metered: false } },
  listUsers: { query: page },
  getUser: {},
  updateUser: { body: { name: 'Ann', metered: false } },
  setDefaultTeam: { body: { team_id: own('dev') } },
  suspendUser: { body: {} },
  activateUser: { body: {} },
  deleteUser: { params: { user_id: own('member') } },
  setUserAccessGroups: { body: { access_groups: ['premium'] } },
  listInvitations: { params: { user_id: 'bob' } },
  acceptInvitation: { params: { user_id: 'root' }, body: {}, before: [leave, invite] },
  declineInvitation: { params: { user_id: 'root' }, body: {}, before: [leave, invite] },
  createVirtualAccount: {
    body: {
      ...{ virtual_account_id: own('new'), organization_id: own('acme'), name: 'New', access_groups: ['standard'] },
      ...{ credits: '5', metered: true },
    },
  },
  listVirtualAccounts: { query: { organization_id: own('acme'), ...page } },
  getVirtualAccount: {},
  updateVirtualAccount: { body: { name: 'Robot', metered: false } },
  suspendVirtualAccount: { body: {} },
  activateVirtualAccount: { body: {} },
  deleteVirtualAccount: {},
  setVirtualAccountAccessGroups: { body: { access_groups: ['premium'] } },
  listAdministrators: {},
  addAdministrator: { body: { administrator: { type: 'user', id: 'ann' } } },
  removeAdministrator: {
    body: { administrator: { type: 'user', id: 'ann' } },
    before: [['POST', '/administrators', { administrator: { type: 'user', id: 'ann' } }]],
  },

  createProviderAccount: {
    body: {
      ...{ provider_account_id: 'new', name: 'New', settings: { baseUrl: 'https://example.org', api_key_env: 'KEY' } },
      ...{ models: ['gpt-5'], any_model: false },
    },
  },
  listProviderAccounts: { query: page },
  getProviderAccount: {},
  updateProviderAccount: { body: { name: null, settings: { region: 'eu' }, any_model: true } },
  suspendProviderAccount: { body: {} },
  activateProviderAccount: { body: {} },
  deleteProviderAccount: { query: { cascade: 'true' } },
  addModels: { body: models },
  removeModels: { body: { models: ['gpt-5'], cascade: true } },
  suspendModel: { body: { model: 'gpt-5' } },
  activateModel: { body: { model: 'gpt-5' }, before: [suspendModel] },
  grantRole: { body: { principal: team, role: 'manager', starts_at: later, expires_at: latest } },
  revokeRole: { body: { principal: team, role: 'user' } },
  createModelAlias: {
    body: { alias: 'new', description: 'New', targets: [{ provider_account_id: 'openai', model: 'gpt-5' }] },
  },
  listModelAliases: { query: page },
  getModelAlias: {},
  updateModelAlias: { body: { description: null } },
  setModelAliasTargets: { body: { targets: [{ provider_account_id: 'openai', model: 'gpt-5' }] } },
  deprecateModelAlias: { body: { sunset_at: later, successor: 'smart' } },
  retireModelAlias: { body: { successor: 'smart' } },
  activateModelAlias: { body: {}, before: [['POST', '/model-aliases/fast/retire', {}]] },
  deleteModelAlias: { query: { cascade: 'true' } },
  createPlan: {
    body: {
      ...{ plan_id: 'new', name: 'New', access_groups: ['standard'] },
      credits: { amount: '100', period: { every: 'month', time_zone: 'Europe/Berlin', starts_on: 1 } },
    },
  },
  listPlans: { query: page },
  updatePlan: { body: { name: null, access_groups: ['premium'], credits: { amount: '5' } } },
  deletePlan: { query: { cascade: 'true' } },
  createRestriction: {
    body: {
      ...{ restriction_id: 'new', subject: { type: 'credential', id: own('key') }, note: 'too costly' },
      ...{ selector: { type: 'providerAccount', provider_account_id: 'openai' } },
      ...{ starts_at: later, expires_at: latest },
    },
  },
  listRestrictions: { query: page },
  deleteRestriction: {},

  issueToken: {
    body: {
      ...{ token_id: own('new'), owner: { type: 'user', id: 'ann' }, team_id: own('dev'), scope, operations },
      ...{ name: 'Laptop', expires_at: later },
    },
  },
  listTokens: { query: { owner_type: 'team', owner_id: own('dev'), limit: '10', after: 'a' } },
  rotateToken: { body: { overlap_ms: 60_000, expires_at: later } },
  updateToken: { body: { name: null, scope, operations, expires_at: null } },
  revokeToken: { body: {} },
  suspendToken: { body: {} },
  activateToken: { body: {} },

  addCredits: {
    body: { team_id: own('dev'), amount: 10, expires_at: later },
    otherBody: { principal: { type: 'virtualAccount', id: own('robot') }, amount: '2.5' },
  },
  getWallet: {},
  getStatement: { query: page },

  requestAccess: {
    body: {
      ...{ request_id: own('new'), subject: { type: 'user', id: 'root' }, wanted: { type: 'model', name: 'smart' } },
      ...{ reason: 'a demo', duration_ms: 60_000, expires_at: soon() },
    },
  },
  listAccessRequests: { query: { limit: '10' } },
  listOwnAccessRequests: {},
  approveAccess: { body: { group_name: 'premium', duration_ms: 60_000, note: 'for the demo' } },
  denyAccess: { body: { note: 'not now' } },
  withdrawRequest: { params: { request_id: own('ask-root') }, body: {} },

  explain: { body: { principal: team, model: 'fast', team_id: own('dev'), operation: 'chat' } },
  preview: { body: { commands: [{ type: 'CreateUser', user_id: 'new' }] } },
  whoCanUse: { query: { model: 'fast', limit: '10' } },
  listPrincipalModels: {},
  accessMatrix: { query: { format: 'json' } },
  lint: {},
  readAuditLog: {
    query: {
      ...{ subject_type: 'team', subject_id: own('dev'), since: '2020-01-01T00:00:00Z', before: later },
      ...page,
    },
  },
}

/** An operation of the OpenAPI document. */
export interface Documented {
  readonly id: string
  readonly method: string
  /** The path with its parameters in braces, below `/api`. */
  readonly template: string
  readonly description: {
    readonly operationId: string
    readonly tags?: readonly string[]
    readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[]
    readonly responses: Readonly<Record<string, Schema>>
    readonly requestBody?: { readonly content: { readonly 'application/json': { readonly schema: Schema } } }
  }
}

export type Schema = Readonly<Record<string, unknown>> & { readonly properties?: Readonly<Record<string, Schema>> }

/** Returns every operation of an API's OpenAPI document. */
export function operationsOf({ openApi }: Pick<AdminApi, 'openApi'>): readonly Documented[] {
  const paths = openApi['paths'] as Record<string, Record<string, Documented['description']>>
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, description]) => ({
      id: description.operationId,
      method: method.toUpperCase(),
      template: path.slice('/api'.length),
      description,
    })),
  )
}

/** Whether an operation changes the policy: it has a dry run. */
export const isWrite = ({ description }: Documented): boolean =>
  (description.parameters ?? []).some(({ name }) => name === 'dryRun')

/** The documented schema of an operation's body. */
export const bodySchema = ({ description }: Documented): Schema | undefined =>
  description.requestBody?.content['application/json'].schema

/** The example of an operation. Throws if it has none. */
export function exampleOf({ id }: Documented): Example {
  const example = Object.hasOwn(examples, id) ? examples[id] : undefined
  if (example === undefined) throw new Error(`\`${id}\` has no example`)
  return example
}

/** The path of an example without its query. `rename` replaces the mark in ids, so that they name nothing. */
export function pathOf(operation: Documented, rename = mark): string {
  const values = { ...params, ...exampleOf(operation).params }
  return operation.template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent((values[name] ?? '').replaceAll(mark, rename)),
  )
}

/** The path of an example with its query and more parameters. */
export function urlOf(operation: Documented, more: Readonly<Record<string, string>> = {}, rename = mark): string {
  const query = new URLSearchParams({ ...exampleOf(operation).query, ...more }).toString().replaceAll(mark, rename)
  return `${pathOf(operation, rename)}${query === '' ? '' : `?${query}`}`
}

/** A world in which the example of an operation succeeds: `shared` for one that changes nothing. */
export async function worldFor(operation: Documented, shared: Rig): Promise<Rig> {
  if (!isWrite(operation)) return shared
  const fresh = await startWorld()
  for (const [method, path, body] of exampleOf(operation).before ?? []) {
    const answer = await fresh.call(method, path, body)
    if (answer.status !== 200) throw new Error(`${path}: ${answer.text}`)
  }
  return fresh
}
