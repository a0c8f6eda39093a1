import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test, vi } from 'vitest'

/** Returns the output of an example. An example runs only once, when its module is first imported. */
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
  '07-list-models.ts': () => import('../../../examples/07-list-models.ts'),
  '08-who-can-use.ts': () => import('../../../examples/08-who-can-use.ts'),
  '09-explain.ts': () => import('../../../examples/09-explain.ts'),
  '10-preview.ts': () => import('../../../examples/10-preview.ts'),
  '11-lint.ts': () => import('../../../examples/11-lint.ts'),
  '12-matrix.ts': () => import('../../../examples/12-matrix.ts'),
  '13-prepaid-team.ts': () => import('../../../examples/13-prepaid-team.ts'),
  '14-monthly-allowance.ts': () => import('../../../examples/14-monthly-allowance.ts'),
  '15-overrun.ts': () => import('../../../examples/15-overrun.ts'),
  '16-wallet-hierarchy.ts': () => import('../../../examples/16-wallet-hierarchy.ts'),
  '17-move-ledger.ts': () => import('../../../examples/17-move-ledger.ts'),
  '18-around-a-call.ts': () => import('../../../examples/18-around-a-call.ts'),
  '19-groups-over-models.ts': () => import('../../../examples/19-groups-over-models.ts'),
  '20-embedded-gateway.ts': () => import('../../../examples/20-embedded-gateway.ts'),
  '23-time-travel.ts': () => import('../../../examples/23-time-travel.ts'),
  '25-access-for-two-hours.ts': () => import('../../../examples/25-access-for-two-hours.ts'),
  '24-token-issued-leaked-rotated.ts': () => import('../../../examples/24-token-issued-leaked-rotated.ts'),
  '26-who-used-what.ts': () => import('../../../examples/26-who-used-what.ts'),
  '27-journal-checkpoint.ts': () => import('../../../examples/27-journal-checkpoint.ts'),
  '28-llmops-gateway.ts': () => import('../../../examples/28-llmops-gateway.ts'),
  '29-portkey-child.ts': () => import('../../../examples/29-portkey-child.ts'),
  '31-fastify.ts': () => import('../../../examples/31-fastify.ts'),
  '32-express.ts': () => import('../../../examples/32-express.ts'),
  '33-authzen.ts': () => import('../../../examples/33-authzen.ts'),
}

/** The examples that need a database. `test/conformance/postgres-example.test.ts` runs them. */
const onDatabase = ['21-pglite.ts', '22-fleet.ts']
/** The example that runs in a Worker. `test/law/gateway/worker.test.ts` runs it. */
const inWorker = ['30-worker.ts']

describe('Each example runs and prints the expected output', () => {
  test('every numbered example has a test', () => {
    const folder = fileURLToPath(new URL('../../../examples', import.meta.url))
    const numbered = readdirSync(folder).filter((name) => /^\d/.test(name))
    expect(numbered.sort()).toEqual([...Object.keys(examples), ...onDatabase, ...inWorker].sort())
  })

  test('a first decision', async () => {
    expect(await printed(examples['01-first-decision.ts'])).toMatchInlineSnapshot(`
      "gpt-4: allow
        operator: team \`acme-prod\` may use \`openai/gpt-4\` by group \`gpt-models\` of team \`acme-prod\`; team \`acme-prod\` pays (version 6)
      openai/gpt-3.5-turbo: deny
        operator: model_not_granted at team \`acme-prod\`: no access group and no role grants the model; grant \`openai/gpt-3.5-turbo\` to team \`acme-prod\` (version 6)
        caller: model not found; list the models you may use, or ask the operator of this gateway
      gpt-99: deny
        operator: model_unknown at model \`gpt-99\`: no alias and no concrete model has this name; correct the model name (version 6)
        caller: model not found; list the models you may use, or ask the operator of this gateway"
    `)
  })

  test('a tier upgrade', async () => {
    expect(await printed(examples['02-tier-upgrade.ts'])).toMatchInlineSnapshot(`
      "on starter: gpt-3.5-turbo; 0 credits allocated
      on enterprise: gpt-3.5-turbo, gpt-4-turbo, gpt-4; 20000 credits allocated
      back on starter: gpt-3.5-turbo; 20000 credits allocated
      on enterprise again: gpt-3.5-turbo, gpt-4-turbo, gpt-4; 20000 credits allocated"
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

  test('manage requests', async () => {
    expect(await printed(examples['05-who-may-manage.ts'])).toMatchInlineSnapshot(`
      "mona may use its models: allow
      mona may manage it: as providerAccountManager
      mona adds a model: done
      uma may use its models: allow
      uma may manage it: management_not_granted
      uma adds a model: management_not_granted
      mona deletes the account: management_not_granted
      mona deletes it as system: expected no \`actor\`, since the host sets the actor, leave it out"
    `)
  })

  test('a snapshot', async () => {
    expect(await printed(examples['06-snapshot.ts'])).toMatchInlineSnapshot(`
      "original: version 3, allow
      from its snapshot: version 3, allow
      from its events: version 3, allow
      references_exist at users.ann.roleGrants.0.providerAccount: provider account \`antropic\` does not exist
      schema_unsupported at schema: the snapshot has schema 2, and this version reads up to 1; read it with a newer version"
    `)
  })

  test('a list of models', async () => {
    expect(await printed(examples['07-list-models.ts'])).toMatchInlineSnapshot(`
      "model bedrock/claude-3-opus over bedrock/claude-3-opus
      alias gpt-4 over openai/gpt-4
      alias gpt-4-32k over openai/gpt-4-32k until 2024-11-01T00:00:00.000Z
      bedrock/claude-3-opus: listed, allow
      openai/gpt-4: not listed, deny
      good until 2024-11-01T00:00:00.000Z
      {"id":"gpt-4","object":"model","created":1728907200,"owned_by":"gateway"}"
    `)
  })

  test('the principals that can use a model', async () => {
    expect(await printed(examples['08-who-can-use.ts'])).toMatchInlineSnapshot(`
      "team acme-prod by gpt-models
      team techco-dev by gpt-models
      user ann by gpt-models through [acme-prod]
      user rob by user of openai through [] until 2024-10-21T12:00:00.000Z
      teams_with_access: acme-prod, techco-dev
      page: acme-prod, techco-dev
      page: ann, rob
      model_unknown: no alias and no concrete model is named \`gpt-5\`"
    `)
  })

  test('an explanation', async () => {
    expect(await printed(examples['09-explain.ts'])).toMatchInlineSnapshot(`
      "denied: model_not_granted at team \`acme-prod\`: no access group and no role grants the model; grant \`gpt-4\` to team \`acme-prod\` (version 11)
      checks
        passed request_invalid: team \`acme-prod\` requests \`gpt-4\` at 2024-10-14T12:00:00Z
        passed principal_unknown: team \`acme-prod\` is active
        passed principal_suspended: team \`acme-prod\` is active
        passed team_unknown: no team is named
        passed team_not_member: no team is named
        passed team_suspended: no team is named
        passed organization_suspended: organization \`org_acme\` is active
        passed model_unknown: \`gpt-4\` is an alias, with \`openai/gpt-4\`
        passed model_retired: alias \`gpt-4\` is active
        FAILED model_not_granted
            context 1 ends at model_not_granted
            team \`acme-prod\` has group \`trial-models\` (not in force: until 2024-10-14T11:59:59.999Z), which holds the model
            team \`acme-prod\` has group \`basic-models\` (in force: always), which does not hold the model
        not reached model_restricted
        not reached model_unavailable
        not reached payer_ambiguous
        not reached credits_exhausted
      contexts
        1. team \`acme-prod\` of organization \`org_acme\`, calls are free: model_not_granted, which gives the decision
      near misses
        team \`acme-prod\` had group \`trial-models\`, which holds the model, until 2024-10-14T11:59:59.999Z
        team \`acme-prod\` has group \`basic-models\`, which does not hold \`gpt-4\`
        one group that holds the model is one assignment away: \`pro-models\` (2 aliases; to team \`acme-prod\`)
      remedies
        1. assign group \`trial-models\` to team \`acme-prod\`; grants nothing else; can be issued by user \`root\` (administrator)
        2. add alias \`gpt-4\` to group \`basic-models\`; grants nothing else; can be issued by user \`root\` (administrator)
        3. assign group \`pro-models\` to team \`acme-prod\`; grants nothing else; can be issued by user \`root\` (administrator)
        4. make team \`acme-prod\` a user of provider account \`openai\`; grants 2 more; can be issued by user \`root\` (administrator)

      caller: denied (model_not_found): model not found; list the models you may use, or ask the operator of this gateway
      the operator of this gateway can fix this

      after AssignAccessGroup: allow"
    `)
  })

  test('a preview', async () => {
    expect(await printed(examples['10-preview.ts'])).toMatchInlineSnapshot(`
      "command 1 would be accepted: AccessGroupDeleted
      at 2024-10-14T12:00:00Z: access becomes narrower (version 14 to 15)
        team \`acme-prod\` loses \`gpt-3.5-turbo\`, \`gpt-4\`, and with it 2 of its members: \`ann\`, \`bob\`
        team \`techco-dev\` loses \`gpt-4\`, and with it a member: \`cid\`
        team \`techco-dev\` keeps \`gpt-3.5-turbo\` by group \`basic-models\` of team \`techco-dev\`, no longer by group \`gpt-models\` of team \`techco-dev\`
        users \`ann\`, \`bob\` of team \`acme-prod\`, naming no team, lose \`gpt-3.5-turbo\`, \`gpt-4\`
        user \`cid\` of team \`techco-dev\`, naming no team, loses \`gpt-4\`
        user \`cid\` of team \`techco-dev\`, naming no team, keeps \`gpt-3.5-turbo\` by group \`basic-models\` of team \`techco-dev\`, no longer by group \`gpt-models\` of team \`techco-dev\`

      command 1 would be accepted: ModelAliasDeprecated (\`gpt-4\` ends at 2025-01-01T00:00:00Z, followed by \`gpt-3.5-turbo\`)
      at 2024-10-14T12:00:00Z: no access is gained or lost (version 14 to 15)
      at 2025-01-01T00:00:00Z: access becomes narrower (version 14 to 15)
        team \`acme-prod\` loses \`gpt-4\`, and with it 2 of its members: \`ann\`, \`bob\`
        team \`techco-dev\` loses \`gpt-4\`, and with it a member: \`cid\`
        users \`ann\`, \`bob\` of team \`acme-prod\`, naming no team, lose \`gpt-4\`
        user \`cid\` of team \`techco-dev\`, naming no team, loses \`gpt-4\`

      command 1 would be accepted: PlanCreated
      command 2 would be accepted: TeamPlanSet, TeamUpdated, CreditsAllocated
      team \`techco-dev\` receives 100 credits
      at 2024-10-14T12:00:00Z: no access is gained or lost, and some calls have another payer (version 14 to 18)
        team \`techco-dev\` keeps \`gpt-3.5-turbo\` by group \`gpt-models\` of team \`techco-dev\`, group \`basic-models\` of team \`techco-dev\`, now also by group \`basic-models\` of team \`techco-dev\` on plan \`pro\`, paid by team \`techco-dev\` instead of free of charge
        team \`techco-dev\` keeps \`gpt-4\` by group \`gpt-models\` of team \`techco-dev\`, paid by team \`techco-dev\` instead of free of charge
        user \`cid\` of team \`techco-dev\`, naming no team, keeps \`gpt-3.5-turbo\` by group \`gpt-models\` of team \`techco-dev\`, group \`basic-models\` of team \`techco-dev\`, now also by group \`basic-models\` of team \`techco-dev\` on plan \`pro\`, paid by team \`techco-dev\` instead of free of charge
        user \`cid\` of team \`techco-dev\`, naming no team, keeps \`gpt-4\` by group \`gpt-models\` of team \`techco-dev\`, paid by team \`techco-dev\` instead of free of charge

      narrower: techco-dev lost gpt-3.5-turbo
      narrower: techco-dev lost gpt-4"
    `)
  })

  test('lint findings and their fixes', async () => {
    expect(await printed(examples['11-lint.ts'])).toMatchInlineSnapshot(`
      "warning access_group_unheld: no principal and no plan has access group \`preview-models\`, now or later, delete it or assign it
        DeleteAccessGroup
      advice assignment_redundant: team \`acme-prod\` is assigned access group \`fast-models\`, although access group \`gpt-models\` gives it the same models for at least as long, unassign it
        UnassignAccessGroup, DeleteAccessGroup
      advice model_refused: team \`acme-prod\` was denied model alias \`gpt-4o\` 12 times, assign access group \`omni-models\` if it should have the model
        AssignAccessGroup"
    `)
  })

  test('a matrix and a graph', async () => {
    expect(await printed(examples['12-matrix.ts'])).toMatchInlineSnapshot(`
      "4 principals × 3 models at 2024-10-14T12:00:00Z, version 17.

      | Principal | claude-3-opus | gpt-3.5-turbo | gpt-4 |
      | --- | :---: | :---: | :---: |
      | team acme-dev | – | group until 2024-10-21T12:00:00Z | group until 2024-10-21T12:00:00Z |
      | team acme-prod | plan | plan | restricted |
      | virtual account chatbot | user role | – | – |
      | user ann | plan | plan | restricted |

      - virtual account chatbot: every other model of provider account \\\`anthropic\\\`

      flowchart LR
        n1("user<br/>ann"):::user
        n2("team<br/>acme-prod"):::team
        n3["alias<br/>gpt-4"]:::alias
        n4["model<br/>openai/gpt-4"]:::model
        n5[("provider account<br/>openai")]:::providerAccount
        n6{{"restriction<br/>no-gpt-4"}}:::restriction
        n7(["access group<br/>gpt-models"]):::accessGroup
        n8["plan<br/>pro"]:::plan
        n1 -->|"member"| n2
        n3 -->|"routes to"| n4
        n4 -.->|"served by, restricted"| n5
        n6 -.-x|"denies"| n3
        n2 -->|"on plan"| n8
        n8 -->|"brings"| n7
        n7 -->|"holds"| n3
        classDef user fill:#ffffff,stroke:#1f2328,color:#1f2328
        classDef team fill:#f3f5f8,stroke:#1f2328,color:#1f2328
        classDef plan fill:#56b4e9,stroke:#0072b2,color:#000000
        classDef accessGroup fill:#0072b2,stroke:#0072b2,color:#ffffff
        classDef alias fill:#fff8e6,stroke:#e69f00,color:#1f2328
        classDef model fill:#ffffff,stroke:#6e7781,color:#1f2328
        classDef providerAccount fill:#e6f5f0,stroke:#009e73,color:#1f2328
        classDef restriction fill:#fff4ec,stroke:#d55e00,color:#1f2328
        linkStyle 2,3 stroke:#d55e00

      {"group_name":"gpt-models","description":null,"model_aliases":[{"alias":"gpt-3.5-turbo","litellm_model":"openai/gpt-3.5-turbo","description":null},{"alias":"gpt-4","litellm_model":"openai/gpt-4","description":null}],"teams_with_access":["acme-dev","acme-prod"]}"
    `)
  })

  test('a prepaid team', async () => {
    expect(await printed(examples['13-prepaid-team.ts'])).toMatchInlineSnapshot(`
      "admitted
      credits_insufficient, when_holds_clear
      credits_insufficient, when_holds_clear
      in flight: available 0.5, reserved 1, spent 0
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
        member: available 0, drawn 45, reserved 45, spent 0
        team: available 35, drawn 0, reserved 45, spent 0
        organization: available 0, drawn 45, reserved 45, spent 0
      the member has reached the soft limit 40
      call 2: cap_exceeded at the member, resets at 2026-10-20T04:00:00.000Z
      call 3: credits_insufficient at the team
      call 4: held 38
        member: available 0, drawn 80, reserved 38, spent 42
        team: available 0, drawn 0, reserved 38, spent 42
        organization: available 0, drawn 80, reserved 38, spent 42
      reserved 45 by credential, member, team, organization
      settled 42 by credential, member, team, organization
      settled 3 by credential, member, team, organization
      reserved 38 by credential, member, team, organization"
    `)
  })

  test('moving a ledger to another adapter', async () => {
    expect(await printed(examples['17-move-ledger.ts'])).toMatchInlineSnapshot(`
      "header
      wallet
      lot
      hold
      key
      entry
      entry
      end
      record 8: expected more records: the export was cut off
      imported 8 records
      settled: true
      granted again: replay true
      available 88, reserved 0, spent 12"
    `)
  })

  test('the ledger calls of a gateway around a call', async () => {
    expect(await printed(examples['18-around-a-call.ts'])).toMatchInlineSnapshot(`
      "200 cost 0.25 of 1
      409 the call was already made
      502 upstream failed: overloaded
      503 call_aborted, not_applied
      200 cost 1 of 1, late
      200 cost 1 of 1
      200 cost 0.25 of 0.25
      402 credits_insufficient
      200 cost 0.5 of 0.5
      429 cap_exceeded
      400 request_invalid"
    `)
  })

  test('groups over the models of provider accounts', async () => {
    expect(await printed(examples['19-groups-over-models.ts'])).toMatchInlineSnapshot(`
      "openai/gpt-4o: over openai/gpt-4o
      assistant: over openai/gpt-4o
      openai/o1-pro: model_not_granted
      openrouter/mistralai/large: over openrouter/mistralai/large
      assistant, openai/gpt-4o, openai/gpt-4o-mini
      openrouter/mistralai/*, which covers openrouter/mistralai/large
      3 models, and mistralai/*"
    `)
  })

  test('an embedded gateway', async () => {
    expect(await printed(examples['20-embedded-gateway.ts'])).toMatchInlineSnapshot(`
      "first start: founded at version 6
      {"effect":"deny","reason":"model_not_found","message":"model not found; list the models you may use, or ask the operator of this gateway","ask":"operator"}
      hello from o3, booked
      second start: version_conflict
      {"effect":"deny","reason":"model_not_found","message":"model not found; list the models you may use, or ask the operator of this gateway","ask":"operator"}
      {"effect":"deny","reason":"credits_exhausted","message":"not enough credits for this call; ask the payer to add some","ask":"payer"}"
    `)
  })

  test('time travel', async () => {
    expect(await printed(examples['23-time-travel.ts'])).toMatchInlineSnapshot(`
      "what happened to the team:
        7. 2026-03-02T09:00 TeamCreated by the host
        8. 2026-03-03T10:30 TeamSuspended by olivia
        9. 2026-03-03T11:00 TeamActivated by olivia
        10. 2026-03-04T16:15 AccessGroupUnassigned by olivia
      olivia's first change on Tuesday: TeamSuspended; more: true
      2026-03-03T10:00: team \`dev\` may use \`openai/gpt-5\` by group \`standard\` of team \`dev\`; the call is free (version 7)
      2026-03-03T10:45: principal_suspended at team \`dev\`: the principal is suspended; activate team \`dev\` as an administrator (version 8)
      2026-03-03T12:00: team \`dev\` may use \`openai/gpt-5\` by group \`standard\` of team \`dev\`; the call is free (version 9)
      2026-03-05T12:00: model_not_granted at team \`dev\`: no access group and no role grants the model; grant \`fast\` to team \`dev\` (version 10)"
    `)
  })

  test('access for two hours', async () => {
    expect(await printed(examples['25-access-for-two-hours.ts'])).toMatchInlineSnapshot(`
      "ann requests gpt-6: access_not_grantable: model \`gpt-6\` cannot be granted to user \`ann\` in team \`dev\`, correct the name or ask an administrator
      ann requests gpt-5: done
      ann approves: access_request_own: user \`ann\` made access request \`ask-1\` itself, ask another actor to decide it, or withdraw it
      for olga: ask-1 of ann, with frontier
      command 1 would be accepted: AccessGroupAssigned, AccessApproved
      at 2026-03-02T12:10:00Z: access becomes wider (version 10 to 12)
        user \`ann\` in the name of team \`dev\` gains \`gpt-5\`
        user \`ann\` of team \`dev\`, naming no team, gains \`gpt-5\`
      at 2026-03-02T14:10:00Z: no access is gained or lost (version 10 to 12)
      olga approves: done
      olga denies: access_request_ended: access request \`ask-1\` was approved already, make a new request
      2026-03-02T12:09:59.999Z: model_not_granted
      2026-03-02T12:10:00.000Z: allow
      2026-03-02T14:09:59.999Z: allow
      2026-03-02T14:10:00.000Z: model_not_granted
      for ann: ask-1 approved"
    `)
  })

  test('a token issued, leaked and rotated', async () => {
    expect(await printed(examples['24-token-issued-leaked-rotated.ts'])).toMatchInlineSnapshot(`
      "issued acme_… with 54 characters
      again: already_issued
      issued: admitted
      leaked: 1 token
      leaked: credential_expired
      rotated: admitted
      within the hour: admitted
      an hour later: credential_expired
      planned: admitted
      mistyped: credential_unknown
      malformed: 1
      ticket 1: CredentialIssued, ticket 2: CredentialRotated, ticket 3: CredentialRotated"
    `)
  })

  test('who used what, and what lint makes of it', async () => {
    expect(await printed(examples['26-who-used-what.ts'])).toMatchInlineSnapshot(`
      "who used what:
        team dev: fast, 100 times, allow
        user ann: fast, 100 times, allow
        team dev: smart, 34 times, model_not_granted
      costs:
        dev on gpt-5: 0.4
        ann on gpt-5: 0
      token ci: 100 calls, the last at 2026-06-10T09:00
      lint:
        assignment_unused: user \`ann\` has not requested a model of access group \`premium\` in the last 90 days, unassign it
        model_refused: team \`dev\` was denied model alias \`smart\` 34 times, assign access group \`premium\` if it should have the model"
    `)
  })

  test('a journal that is checkpointed under load', async () => {
    expect(await printed(examples['27-journal-checkpoint.ts'])).toMatchInlineSnapshot(`
      "checkpoints: several, failed: 0
      files: archive, checkpoint, tail
      after reopening: 4 spent in 1201 entries
      the statement has 1201 entries
      first refund: replay false
      second refund: replay true
      violations: 0"
    `)
  })

  test('a guard before each target of an embedded gateway', async () => {
    expect(await printed(examples['28-llmops-gateway.ts'])).toMatchInlineSnapshot(`
      "200 fast: hello from gpt-5-mini
      404 model_not_found
      asked: gpt-5, gpt-5-mini
      spent 0.00006, violations 0"
    `)
  })

  test('a guard before a gateway in a child process', async () => {
    expect(await printed(examples['29-portkey-child.ts'])).toMatchInlineSnapshot(`
      "the provider got Bearer key-of-the-provider, no config
      200 body: fast
      the provider got Bearer key-of-the-provider, no config
      200 stream: fast
      404 body: model_not_found
      spent 0.00012, violations 0"
    `)
  })

  test('a gateway on Fastify, asked by the client of OpenAI', async () => {
    expect(await printed(examples['31-fastify.ts'])).toMatchInlineSnapshot(`
      "listed: fast
      upstream: openai/gpt-5
      allowed: hello from fast
      denied: 404 model_not_found
      upstream: openai/gpt-5
      streamed: hel from fast
      streamed: lo from fast
      spent 0.00012, violations 0"
    `)
  })

  test('a gateway on Express, asked by the client of OpenAI', async () => {
    expect(await printed(examples['32-express.ts'])).toMatchInlineSnapshot(`
      "listed: fast
      upstream: openai/gpt-5
      allowed: hello from fast
      denied: 404 model_not_found
      upstream: openai/gpt-5
      streamed: hel from fast
      streamed: lo from fast
      spent 0.00012, violations 0"
    `)
  })

  test('a decision point that another service asks by the AuthZEN API', async () => {
    expect(await printed(examples['33-authzen.ts'])).toMatchInlineSnapshot(`
      "evaluation: 200 {"decision":true}
      evaluations: 200 {"evaluations":[{"decision":true},{"decision":false,"context":{"reason":"model_not_found"}}]}
      search/subject: 200 {"page":{"next_token":"","count":1},"results":[{"type":"user","id":"ann"}]}
      search/resource: 200 {"page":{"next_token":"","count":1},"results":[{"type":"team","id":"dev"}]}
      search/action: 200 {"page":{"next_token":"","count":1},"results":[{"name":"manage"}]}
      evaluation: 401 expected valid credentials
      https://pdp.example.com/access/v1/evaluation"
    `)
  })
})
