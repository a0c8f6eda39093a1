import { describe, expect, test } from 'vitest'
import { credit } from '../../../src/index.ts'
import type { CommandBody } from '../../../src/runtime/index.ts'
import type { Body, Rig } from './rig.ts'
import { hasCurl, type Shell, startShell } from './shell.ts'

// The lines of the model-access-group guide of the SaaS LiteLLM API, as the guide prints them.

/** Runs a line that succeeds. */
async function succeed(shell: Shell, line: string): Promise<Body> {
  const { status, body } = await shell.run(line)
  expect({ status, error: body.error }).toEqual({ status: 200, error: undefined })
  return body
}

/** Whether a virtual key may use a model now, and otherwise the reason. */
async function use({ engine }: Rig, token: unknown, model: string): Promise<string> {
  await engine.booked()
  const call = await engine.admit({ token: String(token), model, operation: 'chat', estimate: credit('0.01') })
  if (!call.admitted) return call.reason === 'denied' ? call.denial.reason : call.reason
  await call.settle(credit('0.01'))
  return `${call.routes[0]?.providerAccount}/${call.routes[0]?.model}`
}

const createGpt = `curl -X POST http://localhost:8003/api/model-access-groups/create \\
-H "Content-Type: application/json" \\
-d '{
"group_name": "gpt-models",
"description": "OpenAI GPT models",
"model_aliases": ["gpt-4", "gpt-3.5-turbo", "gpt-4-turbo"]
}'`

const createProduction = `curl -X POST http://localhost:8003/api/teams/create \\
-H "Content-Type: application/json" \\
-d '{
"organization_id": "org_acme",
"team_id": "acme-prod",
"team_alias": "Production",
"access_groups": ["gpt-models", "claude-models"],
"credits_allocated": 1000
}'`

const updateProduction = `curl -X PUT http://localhost:8003/api/teams/acme-prod \\
-H "Content-Type: application/json" \\
-d '{
"access_groups": ["gpt-models", "claude-models", "gemini-models"]
}'`

const addModels = `curl -X POST http://localhost:8003/api/model-access-groups/gpt-models/add-models \\
-H "Content-Type: application/json" \\
-d '{
"model_aliases": ["gpt-4-vision"]
}'`

const removeModels = `curl -X POST http://localhost:8003/api/model-access-groups/gpt-models/remove-models \\
-H "Content-Type: application/json" \\
-d '{
"model_aliases": ["gpt-3.5-turbo"]
}'`

const list = 'curl http://localhost:8003/api/model-access-groups'
const details = 'curl http://localhost:8003/api/model-access-groups/gpt-models'
const remove = 'curl -X DELETE http://localhost:8003/api/model-access-groups/gpt-models'
const instant = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/)

describe.skipIf(!hasCurl)('every line of the guide, sent by curl (skipped where curl is not installed)', () => {
  test('creating a group answers its name, description, model aliases and instant', async () => {
    const shell = await startShell()
    expect(await succeed(shell, createGpt)).toEqual({
      group_name: 'gpt-models',
      description: 'OpenAI GPT models',
      model_aliases: ['gpt-3.5-turbo', 'gpt-4', 'gpt-4-turbo'],
      created_at: instant,
    })
  })

  test('every setup of the guide creates its group', async () => {
    const shell = await startShell()
    await shell.enact(
      ...['basic-models', 'pro-models', 'enterprise-models'].map(
        (accessGroup): CommandBody => ({ type: 'DeleteAccessGroup', accessGroup }),
      ),
    )
    const setups = [
      ['openai-models', 'All OpenAI models', 'gpt-4', 'gpt-4-turbo', 'gpt-3.5-turbo'],
      ['anthropic-models', 'All Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'],
      ['google-models', 'Google Gemini models', 'gemini-pro', 'gemini-1.5-pro'],
      ['basic-models', 'Fast, cost-effective models', 'gpt-3.5-turbo', 'claude-3-haiku'],
      ['pro-models', 'Balanced performance and cost', 'gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro'],
      ['enterprise-models', 'Most capable models', 'gpt-4', 'claude-3-opus', 'gemini-1.5-pro'],
      ['chat-models', 'Optimized for conversation', 'gpt-3.5-turbo', 'claude-3-sonnet'],
      ['analysis-models', 'Complex reasoning and analysis', 'gpt-4', 'claude-3-opus'],
      ['fast-models', 'Quick responses for simple tasks', 'gpt-3.5-turbo', 'claude-3-haiku'],
    ] as const
    const created = setups.map(async ([group_name, description, ...model_aliases]) => {
      const body = JSON.stringify({ group_name, description, model_aliases }, null, 2)
      const line = `curl -X POST http://localhost:8003/api/model-access-groups/create -d '${body}'`
      const sorted = [...model_aliases].sort()
      expect(await succeed(shell, line)).toEqual({
        group_name,
        description,
        model_aliases: sorted,
        created_at: instant,
      })
    })
    await Promise.all(created)
  })

  test('creating a team answers its fields and a virtual key that works', async () => {
    const shell = await startShell()
    await succeed(shell, createGpt)
    const team = await succeed(shell, createProduction)
    expect(team).toMatchObject({
      organization_id: 'org_acme',
      team_id: 'acme-prod',
      team_alias: 'Production',
      access_groups: ['claude-models', 'gpt-models'],
      credits_allocated: '1000',
      status: 'active',
    })
    expect(await use(shell, team['virtual_key'], 'gpt-4')).toBe('openai/gpt-4')
    expect(await use(shell, team['virtual_key'], 'gemini-pro')).toBe('model_not_granted')

    const updated = await succeed(shell, updateProduction)
    expect(updated).toMatchObject({ access_groups: ['claude-models', 'gemini-models', 'gpt-models'] })
    expect(await use(shell, team['virtual_key'], 'gemini-pro')).toBe('google/gemini-pro')
  })

  test('a list has the counts of each group, and details have the models and the teams', async () => {
    const shell = await startShell()
    await succeed(shell, createGpt)
    await succeed(shell, createProduction)
    const { access_groups: groups } = await succeed(shell, list)
    expect(groups).toContainEqual({
      group_name: 'gpt-models',
      description: 'OpenAI GPT models',
      model_count: 3,
      team_count: 1,
    })
    expect(groups).toContainEqual({ group_name: 'claude-models', description: null, model_count: 3, team_count: 1 })
    expect(await succeed(shell, details)).toMatchObject({
      group_name: 'gpt-models',
      description: 'OpenAI GPT models',
      model_aliases: [
        { alias: 'gpt-3.5-turbo', litellm_model: 'openai/gpt-3.5-turbo', description: 'Fast and efficient' },
        { alias: 'gpt-4', litellm_model: 'openai/gpt-4', description: 'Most capable GPT-4 model' },
        { alias: 'gpt-4-turbo', litellm_model: 'openai/gpt-4-turbo', description: 'Fast GPT-4' },
      ],
      teams_with_access: ['acme-prod'],
    })
  })

  test('adding and removing models and deleting the group take effect for its teams', async () => {
    const shell = await startShell()
    await succeed(shell, createGpt)
    const { virtual_key: key } = await succeed(shell, createProduction)
    expect(await use(shell, key, 'gpt-4-vision')).toBe('model_not_granted')
    expect((await succeed(shell, addModels))['model_aliases']).toContain('gpt-4-vision')
    expect(await use(shell, key, 'gpt-4-vision')).toBe('openai/gpt-4-vision')
    expect((await succeed(shell, removeModels))['model_aliases']).toEqual(['gpt-4', 'gpt-4-turbo', 'gpt-4-vision'])
    expect(await use(shell, key, 'gpt-3.5-turbo')).toBe('model_not_granted')
    await succeed(shell, remove)
    expect(await use(shell, key, 'gpt-4')).toBe('model_not_granted')
    expect(await use(shell, key, 'claude-3-opus')).toBe('anthropic/claude-3-opus')
    expect((await shell.run(details)).status).toBe(404)
  })

  test('workflow 1: a team is upgraded to a higher tier', async () => {
    const shell = await startShell()
    await succeed(shell, createGpt)
    const { virtual_key: key } = await succeed(shell, createProduction)
    const before = await succeed(shell, 'curl http://localhost:8003/api/teams/acme-prod')
    expect(before).toMatchObject({ team_id: 'acme-prod', access_groups: ['claude-models', 'gpt-models'] })
    const after = await succeed(
      shell,
      `curl -X PUT http://localhost:8003/api/teams/acme-prod \\
-d '{
"access_groups": ["basic-models", "pro-models", "enterprise-models"]
}'`,
    )
    expect(after['access_groups']).toEqual(['basic-models', 'enterprise-models', 'pro-models'])
    const added = await succeed(
      shell,
      `curl -X POST http://localhost:8003/api/credits/add \\
-d '{
"team_id": "acme-prod",
"amount": 10000
}'`,
    )
    expect(added).toMatchObject({ amount: '10000', balance: { available: '11000' } })
    expect(await use(shell, key, 'gemini-1.5-pro')).toBe('google/gemini-1.5-pro')
  })

  test('workflow 2: an enterprise client gets a custom group', async () => {
    const shell = await startShell()
    await succeed(shell, createGpt)
    const { virtual_key: key } = await succeed(shell, createProduction)
    await succeed(
      shell,
      `curl -X POST http://localhost:8003/api/model-access-groups/create \\
-d '{
"group_name": "acme-custom",
"description": "Custom models for ACME Corp",
"model_aliases": [
"gpt-4",
"claude-3-opus",
"gemini-1.5-pro"
]
}'`,
    )
    await succeed(
      shell,
      `curl -X PUT http://localhost:8003/api/teams/acme-prod \\
-d '{
"access_groups": ["acme-custom"]
}'`,
    )
    expect(await use(shell, key, 'gemini-1.5-pro')).toBe('google/gemini-1.5-pro')
    expect(await use(shell, key, 'gpt-4-turbo')).toBe('model_not_granted')
  })

  test('workflow 3: a team tests a new model for a while', async () => {
    const shell = await startShell()
    const granted = await succeed(
      shell,
      `curl -X PUT http://localhost:8003/api/teams/acme-dev \\
-d '{
"access_groups": ["current-models", "experimental-models"]
}'`,
    )
    expect(granted['access_groups']).toEqual(['current-models', 'experimental-models'])
    const ended = await succeed(
      shell,
      `curl -X PUT http://localhost:8003/api/teams/acme-dev \\
-d '{
"access_groups": ["current-models"]
}'`,
    )
    expect(ended['access_groups']).toEqual(['current-models'])
  })

  test('a client is onboarded with an organization, groups, a team, a key and credits', async () => {
    const shell = await startShell()
    const organization = await succeed(
      shell,
      `curl -X POST http://localhost:8003/api/organizations/create \\
-d '{
"organization_id": "org_newclient",
"name": "New Client Inc"
}'`,
    )
    expect(organization).toMatchObject({ organization_id: 'org_newclient', name: 'New Client Inc' })
    await succeed(
      shell,
      `curl -X POST http://localhost:8003/api/model-access-groups/create \\
-d '{
"group_name": "starter-models",
"description": "Starter tier models",
"model_aliases": ["gpt-3.5-turbo", "claude-3-haiku"]
}'`,
    )
    const team = await succeed(
      shell,
      `curl -X POST http://localhost:8003/api/teams/create \\
-d '{
"organization_id": "org_newclient",
"team_id": "newclient-prod",
"team_alias": "Production",
"access_groups": ["starter-models"],
"credits_allocated": 1000
}'`,
    )
    expect(await use(shell, team['virtual_key'], 'claude-3-haiku')).toBe('anthropic/claude-3-haiku')
    await succeed(
      shell,
      `curl -X PUT http://localhost:8003/api/teams/newclient-prod \\
-d '{
"access_groups": ["starter-models", "pro-models"]
}'`,
    )
    const added = await succeed(
      shell,
      `curl -X POST http://localhost:8003/api/credits/add \\
-d '{
"team_id": "newclient-prod",
"amount": 5000
}'`,
    )
    expect(added).toMatchObject({ amount: '5000', balance: { available: '5999.99' } })
    expect(await use(shell, team['virtual_key'], 'gpt-4-turbo')).toBe('openai/gpt-4-turbo')
  })

  test('an update of a team has no credits: the error names the field', async () => {
    const shell = await startShell()
    await succeed(shell, createGpt)
    await succeed(shell, createProduction)
    const refused = await shell.run(
      `curl -X PUT http://localhost:8003/api/teams/acme-prod -d '{
"access_groups": ["basic-models", "pro-models", "enterprise-models"],
"credits_allocated": 20000
}'`,
    )
    expect(refused).toMatchObject({ status: 400, body: { error: { param: 'credits_allocated' } } })
  })
})
