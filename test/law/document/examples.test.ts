import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'

/** What an example prints, executed once: a module runs when it is first imported. */
async function printed(run: () => Promise<unknown>): Promise<string> {
  const lines: string[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line: string) => {
    lines.push(line)
  })
  try {
    await run()
  } finally {
    log.mockRestore()
  }
  return lines.join('\n')
}

const examples = {
  '01-first-decision.ts': () => import('../../../examples/01-first-decision.ts'),
  '02-tier-upgrade.ts': () => import('../../../examples/02-tier-upgrade.ts'),
  '03-temporary-grant.ts': () => import('../../../examples/03-temporary-grant.ts'),
  '04-virtual-account.ts': () => import('../../../examples/04-virtual-account.ts'),
  '05-who-may-manage.ts': () => import('../../../examples/05-who-may-manage.ts'),
  '06-snapshot.ts': () => import('../../../examples/06-snapshot.ts'),
  '13-prepaid-team.ts': () => import('../../../examples/13-prepaid-team.ts'),
  '14-monthly-allowance.ts': () => import('../../../examples/14-monthly-allowance.ts'),
  '15-overrun.ts': () => import('../../../examples/15-overrun.ts'),
  '16-wallet-hierarchy.ts': () => import('../../../examples/16-wallet-hierarchy.ts'),
}

describe('Each example runs by itself and prints what it promises', () => {
  test('every numbered example is here', () => {
    const folder = fileURLToPath(new URL('../../../examples', import.meta.url))
    const numbered = readdirSync(folder).filter((name) => /^\d/.test(name))
    expect(numbered.sort()).toEqual(Object.keys(examples))
  })

  test('a first decision', async () => {
    expect(await printed(examples['01-first-decision.ts'])).toMatchInlineSnapshot(`
      "gpt-4: allow
        operator: team \`acme-prod\` may use \`openai/gpt-4\` by group \`gpt-models\` of team \`acme-prod\`; team \`acme-prod\` pays (version 6)
      openai/gpt-3.5-turbo: deny
        operator: model_not_granted at team \`acme-prod\`: no access group and no role grants the model; grant \`openai/gpt-3.5-turbo\` to team \`acme-prod\` (version 6)
        caller: no such model for this caller; list the models you may use, or ask whoever runs this gateway
      gpt-99: deny
        operator: model_unknown at model \`gpt-99\`: no alias and no concrete model has this name; correct the model name (version 6)
        caller: no such model for this caller; list the models you may use, or ask whoever runs this gateway"
    `)
  })

  test('a tier upgrade', async () => {
    expect(await printed(examples['02-tier-upgrade.ts'])).toMatchInlineSnapshot(`
      "on starter: gpt-3.5-turbo; 0 credits allocated
      on enterprise: gpt-3.5-turbo, gpt-4-turbo, gpt-4; 20000 credits allocated
      back on starter: gpt-3.5-turbo; 20000 credits allocated"
    `)
  })

  test('a temporary grant', async () => {
    expect(await printed(examples['03-temporary-grant.ts'])).toMatchInlineSnapshot(`
      "2024-10-14T00:00:00.000Z: model_not_granted
      2024-10-15T00:00:00.000Z: allow until 2024-10-22T00:00:00.000Z
      2024-10-21T23:59:59.999Z: allow until 2024-10-22T00:00:00.000Z
      2024-10-22T00:00:00.000Z: model_not_granted"
    `)
  })

  test('a virtual account', async () => {
    expect(await printed(examples['04-virtual-account.ts'])).toMatchInlineSnapshot(`
      "virtual account \`support-chatbot\` may use \`openai/gpt-4\` by the user role of virtual account \`support-chatbot\` on \`openai\`; virtual account \`support-chatbot\` pays (version 8)
      virtual account \`support-chatbot\` may use \`openai/gpt-4\` by the user role of virtual account \`support-chatbot\` on \`openai\`; virtual account \`support-chatbot\` pays (version 10)
      credential_revoked at credential \`chatbot-token\`: the credential was revoked; issue a credential (version 11)"
    `)
  })

  test('who may manage', async () => {
    expect(await printed(examples['05-who-may-manage.ts'])).toMatchInlineSnapshot(`
      "mona may use its models: allow
      mona may manage it: as providerAccountManager
      mona adds a model: done
      uma may use its models: allow
      uma may manage it: management_not_granted
      uma adds a model: user \`uma\` has no right to this \`AddModels\`, ask an administrator
      mona deletes the account: management_not_granted"
    `)
  })

  test('a snapshot', async () => {
    expect(await printed(examples['06-snapshot.ts'])).toMatchInlineSnapshot(`
      "original: version 3, allow
      from its snapshot: version 3, allow
      from its events: version 3, allow
      references_exist at users.ann.roleGrants.0.providerAccount: there is no provider account \`antropic\`
      schema_unsupported at schema: the snapshot has schema 2, and this version reads up to 1; read it with a newer version"
    `)
  })

  test('a prepaid team', async () => {
    expect(await printed(examples['13-prepaid-team.ts'])).toMatchInlineSnapshot(`
      "admitted
      credits_insufficient, when_holds_clear
      credits_insufficient, when_holds_clear
      under way: available 0.5, reserved 1, spent 0
      attempt 1: done, replay false
      attempt 2: done, replay true
      settled: available 1.499875, reserved 0, spent 0.000125
      lapsed: available 1.499875, reserved 0, spent 0.000125
      1. granted: 1.5 from granted to available
      2. reserved: 1 from available to reserved
      3. settled: 0.000125 from reserved to spent
      4. settled: 0.999875 from reserved to available
      5. reserved: 1 from available to reserved
      6. lapsed: 1 from reserved to available"
    `)
  })

  test('a monthly allowance', async () => {
    expect(await printed(examples['14-monthly-allowance.ts'])).toMatchInlineSnapshot(`
      "2026-10-20T12:00:00.000Z: plan 100, top-up 50
      2026-10-20T12:00:00.000Z: plan 30, top-up 50
      credits_insufficient: at_reset 2026-10-31T23:00:00.000Z
      2026-10-31T22:59:59.999Z: plan 30, top-up 50
      2026-10-31T23:00:00.000Z: plan 120, top-up 50"
    `)
  })

  test('an overrun', async () => {
    expect(await printed(examples['15-overrun.ts'])).toMatchInlineSnapshot(`
      "held 80, available 20, owed 20, written off 10
      wallet_overdrawn
      available 30, overdraft 0
      asked for 60, held 30
      hold_exceeded"
    `)
  })

  test('a hierarchy of wallets', async () => {
    expect(await printed(examples['16-wallet-hierarchy.ts'])).toMatchInlineSnapshot(`
      "call 1: held 45
        user: available 0, drawn 45, reserved 45, spent 0
        team: available 35, drawn 0, reserved 45, spent 0
        organization: available 0, drawn 45, reserved 45, spent 0
      the user has reached 40
      call 2: cap_exceeded at the user, again at 2026-10-20T04:00:00.000Z
      call 3: credits_insufficient at the team
      call 4: held 38
        user: available 0, drawn 80, reserved 38, spent 42
        team: available 0, drawn 0, reserved 38, spent 42
        organization: available 0, drawn 80, reserved 38, spent 42"
    `)
  })
})
