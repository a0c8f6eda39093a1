import { describe, expect, test } from 'vitest'
import type { State } from '../../../src/model/state/state.ts'
import { type Finding, findingCodes } from '../../../src/query/lint/finding.ts'
import { lint } from '../../../src/query/lint/lint.ts'
import { skeletonOf } from '../../../src/query/lint/rule/skeleton.ts'
import { createGroup, day, enact, noon, team, tiers, user, virtualAccount } from '../document/world.ts'
import { cases, quiet, type Sight } from './lint-case.ts'
import { expectMended, linted, mended } from './lint-world.ts'

const look = ({ state, at = noon, usage }: Sight): readonly Finding[] =>
  linted(state, usage === undefined ? { at } : { at, usage })

describe('every finding, from both sides', () => {
  test.each(findingCodes)('%s is found where it is, and its fix mends it', (code) => {
    const { found } = cases[code]
    const findings = look(found)
    const [finding] = findings.filter(
      (one) => one.code === code && JSON.stringify(one.subject) === JSON.stringify(found.subject),
    )
    expect([code, finding?.subject, finding?.fix?.map(({ type }) => type)]).toEqual([code, found.subject, found.fix])
    if (finding?.fix === undefined) return
    const { at = noon, usage } = found
    expectMended(findings, mended(found.state, finding), finding, usage === undefined ? { at } : { at, usage })
  })

  test.each(findingCodes)('%s is not found where it only nearly is', (code) => {
    expect(look(cases[code].nearly).filter((finding) => finding.code === code)).toEqual([])
  })

  test.each(findingCodes)('%s is said in one sentence that begins low and ends without a stop', (code) => {
    for (const { message } of look(cases[code].found)) expect(message).toMatch(/^[a-z][^\n]*[^.]$/)
  })
})

describe('nothing is found', () => {
  const everyTier = ['basic-models', 'pro-models', 'enterprise-models']
  const worlds: Record<string, State> = {
    'in the example of the documents': quiet,
    'in tiers, each with a plan and a team on it': enact(
      tiers,
      ...['starter', 'professional', 'enterprise'].flatMap(
        (plan, i) =>
          [
            { type: 'CreatePlan', plan, accessGroups: everyTier.slice(0, i + 1), credits: '1000' },
            { type: 'CreateTeam', organization: 'org_acme', team: `on ${plan}`, plan },
          ] as const,
      ),
    ),
    'in a week of an experimental model': enact(
      quiet,
      createGroup('experimental-models', 'New models', 'gemini-1.5-pro'),
      {
        type: 'AssignAccessGroup',
        accessGroup: 'experimental-models',
        principal: team('acme-prod'),
        startsAt: noon + day,
        expiresAt: noon + 8 * day,
      },
    ),
    'of a virtual account that is a user': enact(
      quiet,
      { type: 'CreateVirtualAccount', virtualAccount: 'support-chatbot', organization: 'org_acme', credits: '1' },
      { type: 'GrantRole', principal: virtualAccount('support-chatbot'), providerAccount: 'openai', role: 'user' },
    ),
    'of a provider account manager': enact(quiet, {
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

describe('of two that give each other, one is found', () => {
  const prod = team('acme-prod')

  test('of two groups with the same members held for as long, the later by id', () => {
    const state = enact(quiet, createGroup('chat-models', 'Conversation', 'gpt-4', 'gpt-3.5-turbo'), {
      type: 'AssignAccessGroup',
      accessGroup: 'chat-models',
      principal: prod,
    })
    expect(look({ state }).map(({ code, subject }) => [code, subject])).toEqual([
      ['assignment_redundant', { type: 'assignment', principal: prod, accessGroup: 'gpt-models' }],
    ])
  })

  test('of two restrictions that say the same, the later by id', () => {
    const step = (restriction: string) =>
      ({ type: 'CreateRestriction', restriction, subject: prod, selector: { type: 'alias', alias: 'gpt-4' } }) as const
    const state = enact(quiet, step('a'), step('b'))
    expect(look({ state }).map(({ code, subject }) => [code, subject])).toEqual([
      ['restriction_redundant', { type: 'restriction', id: 'b' }],
    ])
  })
})

test('names look alike by case, width, look-alike characters and separators, but not by other digits', () => {
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
