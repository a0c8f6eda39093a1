import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'

interface Run {
  readonly exitCode: number | null
  readonly text: string
  readonly complaints: string
}

/** Runs the demo as `npm run demo` does, with the machine's clock in some time zone. */
function runDemo(timeZone: string): Promise<Run> {
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const tsx = createRequire(import.meta.url).resolve('tsx/cli')
  const child = spawn(process.execPath, [tsx, 'examples/demo/main.ts'], {
    cwd: root,
    env: { ...process.env, TZ: timeZone },
  })
  const said = { text: '', complaints: '' }
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    said.text += chunk
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    said.complaints += chunk
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject).on('close', (exitCode) => resolve({ exitCode, ...said }))
  })
}

/** What is the same on every run: all but how long it took. */
const withoutSpeed = (text: string) => text.replace(/\n6\. .*?(?=\n7\. )/s, '')

describe('the demo', () => {
  let demo: Run
  beforeAll(async () => {
    demo = await runDemo('UTC')
  })

  test('ends by itself, and well', () => {
    expect(demo.complaints).toBe('')
    expect(demo.exitCode).toBe(0)
  })

  test('keeps every promise', () => {
    expect(demo.text).not.toContain('BROKEN')
    expect(demo.text.match(/^ {2}kept: /gm)).toHaveLength(9)
  })

  test('says who may use what, what was refused, what changed, what ended, and how long it took', () => {
    expect(demo.text.match(/^\d\. .*/gm)).toHaveLength(7)
    expect(demo.text).toMatch(/47 provider accounts with 687 models/)
    expect(demo.text).toMatch(/^ {2}gpt-3\.5-turbo( +2){7} +\?$/m)
    expect(demo.text).toMatch(/^ {2}gpt-4-turbo +model_not_granted +0 of \d+ +pro-models +(\d+) of \1$/m)
    expect(demo.text).toMatch(
      /^ {2}techco-dev +gpt-3\.5-turbo +gpt-models, basic-models \(plan starter\) +basic-models/m,
    )
    expect(demo.text).toMatch(/^ {2}14:59:59\.999 +allow +15:00/m)
    expect(demo.text).toMatch(/^ {2}15:00 +deny: model_not_granted/m)
    expect(demo.text).toMatch(/decisions as they came.*median [\d.]+ µs/)
  })

  test('shows reasons of every kind', () => {
    const reasons = new Set(demo.text.match(/(?<=^ +\d+ {2})[a-z]+_[a-z_]+(?= at )/gm))
    expect([...reasons].sort()).toEqual([
      'credential_expired',
      'credential_out_of_scope',
      'credential_revoked',
      'credential_unknown',
      'credits_exhausted',
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

  test('is plain text that fits a screen or three', () => {
    const lines = demo.text.split('\n')
    expect(lines.length).toBeLessThanOrEqual(130)
    expect(lines.filter((line) => line.length > 110)).toEqual([])
    expect(demo.text).not.toContain('\u001b')
  })

  test('is the same wherever it runs', async () => {
    const elsewhere = await runDemo('Pacific/Chatham')
    expect(withoutSpeed(elsewhere.text)).toBe(withoutSpeed(demo.text))
  })
})
