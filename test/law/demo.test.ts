import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'

interface Run {
  readonly exitCode: number | null
  readonly text: string
  readonly complaints: string
}

/** Runs the demo like `npm run demo`, with a system time zone. */
function runDemo(timeZone: string): Promise<Run> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx/cli')
  const child = spawn(process.execPath, [tsx, 'examples/demo/main.ts'], {
    cwd: root,
    env: { ...process.env, TZ: timeZone },
  })
  const output = { text: '', complaints: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output.text += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output.complaints += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, ...output }))
  })
}

/** Removes section 6 from the demo's output: the measured times, which differ on every run. */
const withoutSpeed = (text: string) => text.replace(/\n6\. .*?(?=\n7\. )/s, '')

describe('the demo', () => {
  let demo: Run
  beforeAll(async () => {
    demo = await runDemo('UTC')
  }, 60_000)

  test('ends with exit code 0 and an empty stderr', () => {
    expect(demo.complaints).toBe('')
    expect(demo.exitCode).toBe(0)
  })

  test('keeps every promise', () => {
    expect(demo.text).not.toContain('BROKEN')
    expect(demo.text.match(/^ {2}kept: /gm)).toHaveLength(9)
  })

  test('prints access, refusals, changes, the temporary grant and the measured times', () => {
    expect(demo.text.match(/^\d\. .*/gm)).toHaveLength(7)
    expect(demo.text).toMatch(/47 provider accounts with 687 models/)
    expect(demo.text).toMatch(/^ {2}gpt-3\.5-turbo( +2){7} +\?$/m)
    expect(demo.text).toMatch(/^ {2}gpt-4-turbo +model_not_granted +0 of \d+ +pro-models +(\d+) of \1$/m)
    expect(demo.text).toMatch(
      /^ {2}techco-dev +gpt-3\.5-turbo +gpt-models, basic-models \(plan starter\) +basic-models/m,
    )
    expect(demo.text).toMatch(/^ {2}14:59:59\.999 +allow +15:00/m)
    expect(demo.text).toMatch(/^ {2}15:00 +deny: model_not_granted/m)
    expect(demo.text).toMatch(/decisions, including the first.*median [\d.]+ µs/)
  })

  test('shows 15 reasons of refusals', () => {
    const reasons = new Set(demo.text.match(/(?<=^ +\d+ {2})[a-z]+_[a-z_]+(?= at )/gm))
    expect([...reasons].sort()).toEqual([
      'credential_expired',
      'credential_out_of_scope',
      'credential_revoked',
      'credential_unknown',
      'credits_insufficient',
      'model_not_granted',
      'model_restricted',
      'model_retired',
      'model_unavailable',
      'model_unknown',
      'payer_ambiguous',
      'price_unknown',
      'principal_suspended',
      'team_not_member',
      'team_suspended',
    ])
  })

  test('prints plain text of at most 130 lines and 110 columns', () => {
    const lines = demo.text.split('\n')
    expect(lines.length).toBeLessThanOrEqual(130)
    expect(lines.filter((line) => line.length > 110)).toEqual([])
    expect(demo.text).not.toContain('\u001b')
  })

  test('prints the same in every time zone', async () => {
    const elsewhere = await runDemo('Pacific/Chatham')
    expect(withoutSpeed(elsewhere.text)).toBe(withoutSpeed(demo.text))
  })
})
