import { describe, expect, test } from 'vitest'
import type { RestrictionSubject } from '../../../../src/model/noun/restriction.ts'
import type { State } from '../../../../src/model/state/state.ts'
import { type Finding, findingCodes } from '../../../../src/query/lint/finding.ts'
import { lint } from '../../../../src/query/lint/lint.ts'
import { skeletonOf } from '../../../../src/query/lint/rule/skeleton.ts'
import { createGroup, day, enact, noon, team, tiers, user, virtualAccount } from '../../document/world.ts'
import { type CaseInput, cases, cleanState } from './lint-case.ts'
import { afterFix, expectFixed, linted } from './lint-world.ts'

const findingsIn = ({ state, at = noon, usage }: CaseInput): readonly Finding[] =>
  linted(state, usage === undefined ? { at } : { at, usage })

describe('each finding code', () => {
  test.each(findingCodes)('%s is found, and its fix removes the finding and adds none', (code) => {
    const { found } = cases[code]
    const findings = findingsIn(found)
    const [finding] = findings.filter(
      (one) => one.code === code && JSON.stringify(one.subject) === JSON.stringify(found.subject),
    )
    expect([code, finding?.subject, finding?.fix?.map(({ type }) => type)]).toEqual([code, found.subject, found.fix])
    if (finding?.fix === undefined) return
    const { at = noon, usage } = found
    expectFixed(findings, afterFix(found.state, finding), finding, usage === undefined ? { at } : { at, usage })
  })

  test.each(findingCodes)('%s is not found in a similar state without the problem', (code) => {
    expect(findingsIn(cases[code].nearly).filter((finding) => finding.code === code)).toEqual([])
  })

  test.each(findingCodes)(
    'the message of %s is one line that starts in lower case and does not end in a full stop',
    (code) => {
      for (const { message } of findingsIn(cases[code].found)) expect(message).toMatch(/^[a-z][^\n]*[^.]$/)
    },
  )
})

describe('lint finds nothing', () => {
  const everyTier = ['basic-models', 'pro-models', 'enterprise-models']
  const worlds: Record<string, State> = {
    'in the example of the model-access-group guide': cleanState,
    'in tiers that each have a plan and a team': enact(
      tiers,
      ...['starter', 'professional', 'enterprise'].flatMap(
        (plan, i) =>
          [
            { type: 'CreatePlan', plan, accessGroups: everyTier.slice(0, i + 1), credits: { amount: '1000' } },
            { type: 'CreateTeam', organization: 'org_acme', team: `on ${plan}`, plan },
          ] as const,
      ),
    ),
    'about a group that is assigned for one week in the future': enact(
      cleanState,
      createGroup('experimental-models', 'New models', 'gemini-1.5-pro'),
      {
        type: 'AssignAccessGroup',
        accessGroup: 'experimental-models',
        principal: team('acme-prod'),
        startsAt: noon + day,
        expiresAt: noon + 8 * day,
      },
    ),
    'about a virtual account with a user role': enact(
      cleanState,
      { type: 'CreateVirtualAccount', virtualAccount: 'support-chatbot', organization: 'org_acme', credits: '1' },
      { type: 'GrantRole', principal: virtualAccount('support-chatbot'), providerAccount: 'openai', role: 'user' },
    ),
    'about a user with a manager role': enact(cleanState, {
      type: 'GrantRole',
      principal: user('ann'),
      providerAccount: 'openai',
      role: 'manager',
    }),
  }
  test.each(Object.entries(worlds))('%s', (_, state) => {
    expect(lint(state, { at: noon })).toEqual({ ok: true, findings: [], version: state.version })
  })
})

describe('of two rows that cover each other, one is redundant', () => {
  const prod = team('acme-prod')

  test('two assigned groups with the same members: the later by id', () => {
    const state = enact(cleanState, createGroup('chat-models', 'Conversation', 'gpt-4', 'gpt-3.5-turbo'), {
      type: 'AssignAccessGroup',
      accessGroup: 'chat-models',
      principal: prod,
    })
    expect(findingsIn({ state }).map(({ code, subject }) => [code, subject])).toEqual([
      ['assignment_redundant', { type: 'assignment', principal: prod, accessGroup: 'gpt-models' }],
    ])
  })

  test('two equal restrictions: the later by id', () => {
    const step = (restriction: string) =>
      ({ type: 'CreateRestriction', restriction, subject: prod, selector: { type: 'alias', alias: 'gpt-4' } }) as const
    const state = enact(cleanState, step('a'), step('b'))
    expect(findingsIn({ state }).map(({ code, subject }) => [code, subject])).toEqual([
      ['restriction_redundant', { type: 'restriction', id: 'b' }],
    ])
  })
})

describe('a restriction on a credential', () => {
  const acme = { type: 'organization', id: 'org_acme' } as const
  const key = enact(cleanState, {
    type: 'IssueCredential',
    credential: 'key',
    owner: team('acme-prod'),
    digest: 'd'.repeat(64),
  })
  const deny = (restriction: string, subject: RestrictionSubject) =>
    ({ type: 'CreateRestriction', restriction, subject, selector: { type: 'alias', alias: 'gpt-4' } }) as const
  const onKey = deny('a', { type: 'credential', id: 'key' })
  const found = (state: State) => findingsIn({ state }).map(({ code, subject, fix }) => [code, subject, fix?.length])

  test('has no finding where no restriction on its owner, on the organization or on everyone equals it', () => {
    expect(found(enact(key, onKey))).toEqual([])
    expect(found(enact(key, onKey, deny('b', user('ann'))))).toEqual([])
    expect(found(enact(key, onKey, { type: 'SuspendCredential', credential: 'key' }))).toEqual([])
  })

  test.each([team('acme-prod'), acme, { type: 'everyone' } as const])('is redundant with one on %j', (subject) => {
    const redundant = ['restriction_redundant', { type: 'restriction', id: 'a' }, 1]
    expect(found(enact(key, onKey, deny('b', subject)))).toEqual([redundant])
  })
})

test('skeletons ignore case, width, lookalike characters and separators, but not digits', () => {
  const alike = [
    ['gpt-4', 'GPT-4'],
    ['gpt-4', 'gpt_4'],
    ['gpt-4', 'gрt-4'],
    ['gpt-4o', 'gpt-40'],
    ['model-1', 'model-l'],
    ['ａ', 'a'],
    ['\u00e9', 'e\u0301'],
    ['gpt-3.5', 'gpt-3-5'],
    ['acme prod', 'acme-prod'],
  ] as const
  for (const [one, other] of alike) expect([one, skeletonOf(one)]).toEqual([one, skeletonOf(other)])
  const different = [
    ['gpt-3.5', 'gpt-35'],
    ['team-1-12', 'team-11-2'],
    ['gpt-4', 'gpt-5'],
    ['gpt-4', 'gpt-4-turbo'],
    ['tier-10', 'tier-100'],
    ['-', '_'],
  ] as const
  for (const [one, other] of different) expect(skeletonOf(one)).not.toBe(skeletonOf(other))
})

describe('an alias pattern that was meant as a model pattern', () => {
  const state = enact(
    cleanState,
    {
      type: 'CreateAccessGroup',
      accessGroup: 'openai-models',
      members: [{ type: 'aliasPattern', pattern: 'openai/gpt-4*' }],
    },
    {
      type: 'AssignAccessGroup',
      accessGroup: 'openai-models',
      principal: team('acme-prod'),
      expiresAt: noon + 30 * day,
    },
  )
  const about = (findings: readonly Finding[]): readonly Finding[] =>
    findings.filter((finding) => JSON.stringify(finding).includes('openai-models'))

  test('is reported with the member to write instead, and no fix deletes the group', () => {
    for (const each of [
      state,
      enact(state, { type: 'UnassignAccessGroup', accessGroup: 'openai-models', principal: team('acme-prod') }),
    ]) {
      const [finding] = about(linted(each, { at: noon }))
      expect(finding).toMatchObject({
        code: 'access_group_unserved',
        message:
          'access group `openai-models` holds no model, because its pattern `openai/gpt-4*` matches names of aliases only, replace the pattern with the model pattern `gpt-4*` over provider account `openai`',
      })
      for (const { fix = [] } of about(linted(each, { at: noon }))) {
        expect(fix.map(({ type }) => type)).not.toContain('DeleteAccessGroup')
      }
    }
  })

  test('and a model pattern that repeats its account, too', () => {
    const repeated = enact(state, {
      type: 'SetAccessGroupMembers',
      accessGroup: 'openai-models',
      members: [{ type: 'modelPattern', providerAccount: 'openai', pattern: 'openai/gpt-4*' }],
    })
    const found = about(linted(repeated, { at: noon }))
    expect(found[0]).toMatchObject({
      code: 'access_group_unserved',
      message:
        'access group `openai-models` holds no model, because its pattern `openai/gpt-4*` is compared with model names without `openai/`, replace the pattern with the model pattern `gpt-4*` over provider account `openai`',
    })
    for (const { fix = [] } of found) expect(fix.map(({ type }) => type)).not.toContain('DeleteAccessGroup')
  })

  test('is not reported once the group has the model pattern', () => {
    const corrected = enact(state, {
      type: 'SetAccessGroupMembers',
      accessGroup: 'openai-models',
      members: [{ type: 'modelPattern', providerAccount: 'openai', pattern: 'gpt-4*' }],
    })
    expect(about(linted(corrected, { at: noon }))).toEqual([])
  })
})
