import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'

interface Run {
  readonly exitCode: number | null
  readonly text: string
  readonly complaints: string
}

const root = fileURLToPath(new URL('../../..', import.meta.url))
const tsx = createRequire(import.meta.url).resolve('tsx/cli')

const children: ChildProcessWithoutNullStreams[] = []
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

/** Starts a program of the demo. Its output is collected until it ends. */
function start(program: string, env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [tsx, program], { cwd: root, env: { ...process.env, ...env } })
  children.push(child)
  const output = { text: '', complaints: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.text += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.complaints += chunk
  })
  const ended = new Promise<Run>((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, ...output }))
  })
  return { child, output, ended }
}

describe('npm run demo', () => {
  let demo: Run
  beforeAll(async () => {
    demo = await start('examples/demo/main.ts').ended
  }, 120_000)

  test('ends with exit code 0 and an empty stderr', () => {
    expect(demo.complaints).toBe('')
    expect(demo.exitCode).toBe(0)
  })

  test('keeps every claim', () => {
    expect(demo.text).not.toContain('BROKEN')
    expect(demo.text.match(/^ {2}kept: /gm)).toHaveLength(19)
  })

  test('tells what clients and operators see', () => {
    expect(demo.text.match(/^\d+\. .*/gm)).toHaveLength(10)
    for (const line of [
      /acme-prod lists its models: claude, fast$/m,
      /it asks fast: 200 "Hello from gpt-5-mini and more and more", from fast$/m,
      /acme-prod asks smart: 404 model_not_found: "model not found; /,
      /denied: model_not_granted at team `acme-prod`: /,
      /1\. assign group `pro-models` to team `acme-prod`; grants nothing else/,
      /for a chat: 403 operation_not_permitted: /,
      /with its key: 403 management_not_granted$/m,
      /It gets texts of 800, 800, 536 words: /,
      /402 credits_exhausted: "not enough credits for this call; /,
      /asks smart: 200 "Hello from gpt-5 and more and more", from smart$/m,
      /ann asks expert again: 200 "Hello from claude-opus-4-5 and more and more", from expert$/m,
      /The old key asks fast: 401 credential_expired: /,
    ])
      expect(demo.text).toMatch(line)
  })

  test('prints the bill and the matrix', () => {
    expect(demo.text).toMatch(/^ {2}acme-prod: 510 granted, 13\.821 spent, 496\.179 left$/m)
    expect(demo.text).toMatch(/^ +\d+ {2}settled +3\.601 {2}fast {4}virtual-key-[0-9a-f]{16}$/m)
    expect(demo.text).toMatch(/^ {2}acme-dev: 100 granted, 0\.325 spent, 99\.675 left$/m)
    expect(demo.text).toMatch(/^ {2}team acme-prod +plan +- +plan +group$/m)
    expect(demo.text).toMatch(/^ {2}user ann +group +group +group +-$/m)
  })

  test('prints plain text of at most 110 columns', () => {
    expect(demo.text.split('\n').filter((line) => line.length > 110)).toEqual([])
    expect(demo.text).not.toContain('\u001b')
  })
})

/** Sends the printed requests in their order, as curl does, and returns the answers. */
async function answersTo(text: string): Promise<string> {
  const tokens = new Map([...text.matchAll(/^(KEY|TOKEN)=(\S+)$/gm)].map(([, name, token]) => [name, token]))
  const form = 'application/x-www-form-urlencoded'
  const answers: string[] = []
  for (const line of text.split('\n').filter((one) => one.startsWith('curl '))) {
    const command =
      /^curl -sN? '?(\S+?)'? -H "Authorization: Bearer \$(KEY|TOKEN)"( -H 'Content-Type: (\S+)')?( -d '(.*)')?$/
    const [, url = '', name, , type = form, , body] = command.exec(line) ?? []
    const headers = {
      authorization: `Bearer ${tokens.get(name)}`,
      ...(body === undefined ? {} : { 'content-type': type }),
    }
    const response = await fetch(url, body === undefined ? { headers } : { method: 'POST', headers, body })
    answers.push(await response.text())
  }
  return answers.join('\n')
}

describe('npm start', () => {
  test('keeps a gateway running, and prints curl lines that work in their order', async () => {
    const { child, output, ended } = start('examples/demo/start.ts', { PORT: '0', PORTCULLIS_DATA: '' })
    while (!output.text.includes('/matrix?format=csv') && child.exitCode === null) await once(child.stdout, 'data')
    const answers = await answersTo(output.text)
    for (const part of [
      '"content":"Hello from gpt-5-mini and more ',
      'data: [DONE]',
      '"id":"claude"',
      '"code":"model_not_found"',
      '"effect":"deny"',
      '"group_name":"lab-models"',
      '"organization_id":"lab"',
      '"virtual_key":"pc_',
      '"type":"settled"',
      'team,lab-dev,,model_not_granted,model_not_granted,model_not_granted,accessGroup',
    ])
      expect(answers).toContain(part)
    expect(answers.match(/"error":/g)).toHaveLength(1)
    child.kill('SIGTERM')
    expect(await ended).toMatchObject({ exitCode: 0, complaints: '' })
  })
})
