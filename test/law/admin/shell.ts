import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { CommandBody } from '../../../src/runtime/index.ts'
import { type Body, type Rig, startRig } from './rig.ts'

/** The package `@hono/node-server`, whose types need those of a browser: it is imported by a computed name. */
interface NodeServer {
  serve(
    options: { fetch: (request: Request) => Promise<Response>; port: number; hostname: string },
    listening: (address: { port: number }) => void,
  ): Server
}
const nodeServer = '@hono/node-server'
const { serve } = (await import(nodeServer)) as NodeServer

/** Whether curl is installed. */
export const hasCurl = ((): boolean => {
  try {
    execFileSync('curl', ['--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

const models: Readonly<Record<string, readonly [account: string, description: string]>> = {
  'gpt-4': ['openai', 'Most capable GPT-4 model'],
  'gpt-4-turbo': ['openai', 'Fast GPT-4'],
  'gpt-4-vision': ['openai', 'Reads images'],
  'gpt-3.5-turbo': ['openai', 'Fast and efficient'],
  'claude-3-opus': ['anthropic', 'Most capable Claude model'],
  'claude-3-sonnet': ['anthropic', 'Balanced'],
  'claude-3-haiku': ['anthropic', 'Fast'],
  'gemini-pro': ['google', 'Balanced'],
  'gemini-1.5-pro': ['google', 'Most capable Gemini model'],
}

/** The aliases that the guide presupposes. */
const aliases: readonly CommandBody[] = [
  ...['openai', 'anthropic', 'google'].map(
    (providerAccount): CommandBody => ({ type: 'CreateProviderAccount', providerAccount, anyModel: true }),
  ),
  ...Object.entries(models).map(
    ([alias, [providerAccount, description]]): CommandBody => ({
      ...{ type: 'CreateModelAlias', alias, description },
      targets: [{ providerAccount, model: alias }],
    }),
  ),
]

const group = (accessGroup: string, ...names: readonly string[]): CommandBody => ({
  ...{ type: 'CreateAccessGroup', accessGroup },
  members: names.map((alias) => ({ type: 'alias', alias })),
})

/** Organizations, groups and teams that the guide's lines name and that other pages of the guide create. */
const tenants: readonly CommandBody[] = [
  { type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  group('claude-models', 'claude-3-opus', 'claude-3-sonnet', 'claude-3-haiku'),
  group('gemini-models', 'gemini-pro', 'gemini-1.5-pro'),
  group('basic-models', 'gpt-3.5-turbo', 'claude-3-haiku'),
  group('pro-models', 'gpt-4-turbo', 'claude-3-sonnet', 'gemini-pro'),
  group('enterprise-models', 'gpt-4', 'claude-3-opus', 'gemini-1.5-pro'),
  group('current-models', 'gpt-3.5-turbo'),
  group('experimental-models', 'gpt-4-vision'),
  {
    ...{ type: 'CreateTeam', team: 'acme-dev', organization: 'org_acme' },
    accessGroups: ['current-models'],
    metered: true,
  },
]

export interface Shell extends Rig {
  /** Runs one command line of the guide, and returns the status and the body of the answer. */
  run(line: string): Promise<{ readonly status: number; readonly body: Body }>
}

/**
 * Serves the API over HTTP. curl finds the token and the port of the server in its configuration, so that the lines stay
 * as they are.
 */
export async function startShell(): Promise<Shell> {
  const rig = await startRig([...aliases, ...tenants])
  const { server, port } = await new Promise<{ server: Server; port: number }>((resolve) => {
    const started = serve({ fetch: (request) => rig.api.handle(request), port: 0, hostname: '127.0.0.1' }, (address) =>
      resolve({ server: started, port: address.port }),
    )
  })
  const home = mkdtempSync(join(tmpdir(), 'portcullis-curl-'))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
    rmSync(home, { recursive: true })
  })
  const configuration = [
    ...['silent', 'show-error', 'noproxy = "*"', 'max-time = 20', 'write-out = "\\n%{http_code}"'],
    `header = "Authorization: Bearer ${rig.token}"`,
    `connect-to = "localhost:8003:127.0.0.1:${port}"`,
  ]
  writeFileSync(join(home, '.curlrc'), configuration.join('\n'))
  const env = { ...process.env, CURL_HOME: home, HOME: home }
  const run: Shell['run'] = (line) =>
    new Promise((resolve, reject) => {
      execFile('sh', ['-c', line], { env, encoding: 'utf8' }, (error, output) => {
        if (error !== null) return reject(error)
        const end = output.lastIndexOf('\n')
        resolve({ status: Number(output.slice(end + 1)), body: JSON.parse(output.slice(0, end)) })
      })
    })
  return { ...rig, run }
}
