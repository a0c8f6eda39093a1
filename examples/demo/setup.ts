import type { Admin } from './admin.ts'

/** The tokens that the setup issued, each of which the administration API showed once. */
export interface Keys {
  /** The virtual key of the team `acme-prod`, and its id. */
  readonly prod: string
  readonly prodId: string
  /** A token of the team `acme-prod` for embeddings only. */
  readonly embeddings: string
  /** The tokens of the users: `ann` is in the team `acme-dev`, and `olga` runs the organization. */
  readonly ann: string
  readonly olga: string
}

interface Issued {
  readonly token: string
}

/** Sets up the customer `acme` through the administration API, from the provider accounts to the tokens. */
export async function setUp(admin: Admin, upstreamUrl: string): Promise<Keys> {
  await offerModels(admin, upstreamUrl)
  await admin.post('/organizations/create', {
    ...{ organization_id: 'acme', name: 'Acme Inc' },
    entitlement: { type: 'list', access_groups: ['starter-models', 'pro-models', 'expert-models'] },
  })
  const prod = await admin.post<{ readonly virtual_key: string; readonly token_id: string }>('/teams/create', {
    ...{ organization_id: 'acme', team_id: 'acme-prod', team_alias: 'Production', plan_id: 'starter', metered: true },
  })
  await admin.post('/teams/create', {
    ...{ organization_id: 'acme', team_id: 'acme-dev', access_groups: ['starter-models'] },
    ...{ credits_allocated: 100, virtual_key: false },
  })
  for (const user_id of ['ann', 'olga']) await admin.post('/users/create', { user_id })
  await admin.post('/teams/acme-dev/members', { user_id: 'ann' })
  await admin.post('/organizations/acme/admins', { admin: { type: 'user', id: 'olga' } })
  const issue = (token_id: string, owner: object, more: object = {}) =>
    admin.post<Issued>('/tokens/create', { token_id, owner, ...more })
  const team = { type: 'team', id: 'acme-prod' }
  const embeddings = await issue('embeddings', team, { operations: { type: 'list', operations: ['embeddings'] } })
  const [ann, olga] = [
    await issue('ann', { type: 'user', id: 'ann' }),
    await issue('olga', { type: 'user', id: 'olga' }),
  ]
  return {
    ...{ prod: prod.virtual_key, prodId: prod.token_id },
    ...{ embeddings: embeddings.token, ann: ann.token, olga: olga.token },
  }
}

/** The models of two provider accounts, their public names, groups of these, and a plan. */
async function offerModels(admin: Admin, upstreamUrl: string): Promise<void> {
  const settings = { base_url: upstreamUrl }
  const models = { openai: ['gpt-5-mini', 'gpt-5'], anthropic: ['claude-haiku-4-5', 'claude-opus-4-5'] }
  for (const [provider_account_id, names] of Object.entries(models))
    await admin.post('/provider-accounts/create', { provider_account_id, settings, models: names })
  const aliases = {
    fast: ['openai/gpt-5-mini'],
    claude: ['anthropic/claude-haiku-4-5'],
    smart: ['openai/gpt-5'],
    expert: ['anthropic/claude-opus-4-5'],
  }
  for (const [alias, targets] of Object.entries(aliases))
    await admin.post('/model-aliases/create', { alias, targets: targets.map(targetOf) })
  const groups = { 'starter-models': ['fast', 'claude'], 'pro-models': ['smart'], 'expert-models': ['expert'] }
  for (const [group_name, model_aliases] of Object.entries(groups))
    await admin.post('/model-access-groups/create', { group_name, model_aliases })
  await admin.post('/plans/create', {
    ...{ plan_id: 'starter', access_groups: ['starter-models'], credits: { amount: '10' } },
  })
}

function targetOf(name: string) {
  const [provider_account_id, model] = name.split('/')
  return { provider_account_id, model }
}
