import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import OpenAI from 'openai'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { listModels } from '../../../src/query/list-models.ts'
import { openAiModels } from '../../../src/query/openai-models.ts'
import { aliases, holding, role, world } from '../world.ts'

const at = Date.UTC(2026, 0, 5)
const state = world({
  modelAliases: [{ id: 'gpt-4', createdAt: 1_700_000_000_999 }, { id: 'claude-3' }],
  accessGroups: [{ id: 'gpt-models', ...aliases('gpt-4') }],
  providerAccounts: [{ id: 'bedrock', anyModel: false, createdAt: 1_700_000_005_000 }],
  teams: [{ id: 'dev', ...holding(['gpt-models']), ...role('bedrock') }],
})

/**
 * The HTTP server of a minimal gateway. A client that sends a team's id as API key receives the team's list of models.
 */
let server: Server
beforeAll(async () => {
  server = createServer((request, response) => {
    const id = request.headers.authorization?.replace('Bearer ', '') ?? ''
    const list = listModels({ type: 'team', id }, state, { at })
    response.writeHead(list.ok ? 200 : 401, { 'content-type': 'application/json' })
    response.end(JSON.stringify(list.ok ? openAiModels(list, 'acme') : { error: { message: list.fault.message } }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

function client(apiKey: string): OpenAI {
  const { port } = server.address() as AddressInfo
  return new OpenAI({ apiKey, baseURL: `http://127.0.0.1:${port}/v1`, maxRetries: 0 })
}

test('the OpenAI client lists the models of its key', async () => {
  const models: unknown[] = []
  for await (const model of client('dev').models.list()) models.push({ ...model })
  expect(models).toEqual([{ id: 'gpt-4', object: 'model', created: 1_700_000_000, owned_by: 'acme' }])
})

test('the OpenAI client gets an authentication error for an unknown key', async () => {
  await expect(client('ghost').models.list()).rejects.toThrow(OpenAI.AuthenticationError)
})
