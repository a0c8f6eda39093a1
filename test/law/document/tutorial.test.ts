import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { startGateway } from '../../../examples/gateway.ts'

const page = readFileSync(new URL('../../../src/admin/README.md', import.meta.url), 'utf8')

/** The shell program of a section of the page. */
function programOf(heading: string): string {
  const section = page.slice(page.indexOf(`## ${heading}`))
  return /```sh\n([\s\S]*?)```/.exec(section)?.[1] ?? ''
}

/** Runs a shell program that ends with the first command that fails, and returns its output. */
function run(program: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const env = { PATH: process.env['PATH'] ?? '', NO_PROXY: '*', ...variables }
  return new Promise((resolve, reject) => {
    execFile('sh', ['-eu', '-c', program], { env, encoding: 'utf8' }, (error, output, errors) => {
      if (error === null) resolve(output)
      else reject(new Error(`${output}\n${errors}`))
    })
  })
}

async function startWithAliases() {
  const { url, token = '', close } = await startGateway({ port: 0, folder: undefined })
  onTestFinished(close)
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const send = async (path: string, body: unknown) => {
    const response = await fetch(`${url}/api${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(response.status, await response.text()).toBe(200)
  }
  await send('/provider-accounts/create', { provider_account_id: 'openai', any_model: true })
  for (const alias of ['gpt-3.5-turbo', 'claude-3-haiku', 'gpt-4'])
    await send('/model-aliases/create', { alias, targets: [{ provider_account_id: 'openai', model: alias }] })
  return { GATEWAY: url, TOKEN: token }
}

test('the tutorial runs as it is printed, and ends with the upgraded team', async () => {
  const variables = await startWithAliases()
  const output = await run(`${programOf('Tutorial')}\necho; echo "KEY=$KEY"`, variables)
  const [list, foreseen] = [
    /\{"object":"list".*?\]\}/.exec(output)?.[0],
    /\{"ok":true,"accepted":true.*/.exec(output)?.[0],
  ]
  expect(list).toContain('"id":"gpt-3.5-turbo"')
  expect(list).not.toContain('"id":"gpt-4"')
  expect(foreseen).toContain('"gpt-4"')
  const key = /KEY=(\S+)/.exec(output)?.[1] ?? ''
  const response = await fetch(`${variables.GATEWAY}/v1/models`, { headers: { authorization: `Bearer ${key}` } })
  const models = ((await response.json()) as { data: { id: string }[] }).data.map(({ id }) => id)
  expect(models.sort()).toEqual(['claude-3-haiku', 'gpt-3.5-turbo', 'gpt-4'])
  expect(output).toContain('"available":"6000"')
})

test('an operator finds a refusal by the id that the client got, and the check that failed', async () => {
  const variables = await startWithAliases()
  const output = await run(`${programOf('Tutorial').split('# 5.')[0]}\necho; echo "KEY=$KEY"`, variables)
  const response = await fetch(`${variables.GATEWAY}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${/KEY=(\S+)/.exec(output)?.[1]}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4', messages: [{ role: 'user', content: 'hi' }] }),
  })
  expect(response.status).toBe(404)
  const REQUEST_ID = response.headers.get('x-request-id') ?? ''
  const answers = await run(programOf('Operating it over HTTP'), { ...variables, REQUEST_ID })
  expect(answers).toContain('"summary":"denied: model_not_granted"')
  expect(answers).toContain('"effect":"deny"')
  expect(answers.match(/no access group and no role grants the model/g)?.length).toBeGreaterThanOrEqual(2)
})
