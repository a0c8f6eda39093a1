import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import type { Holder } from '../../../../src/model/value/principal.ts'
import { createGroup, day, enact, noon, type Step, team } from '../../document/world.ts'
import { cleanState } from './lint-case.ts'
import { afterFix, expectFixed, linted } from './lint-world.ts'

const ann = { type: 'member', team: 'acme-prod', user: 'ann' } as const
const acme = { type: 'organization', id: 'org_acme' } as const
const assign = (
  accessGroup: string,
  principal: Holder,
  window: { startsAt?: number; expiresAt?: number } = {},
): Step => ({
  type: 'AssignAccessGroup',
  accessGroup,
  principal,
  ...window,
})
const entitle = (...accessGroups: readonly string[]): Step => ({
  type: 'UpdateOrganization',
  organization: 'org_acme',
  entitlement: { type: 'list', accessGroups },
})
const gemini = createGroup('gemini-models', 'Google Gemini models', 'gemini-pro')
const allGemini = createGroup('google-models', 'All Gemini models', 'gemini-pro', 'gemini-1.5-pro')
const enacted = (...steps: readonly Step[]): State => enact(cleanState, ...steps)

/** Checks the findings about assignments of a state, and that each fix removes its finding and adds none. */
function expectFound(state: State, at: number, expected: readonly (readonly [string, Holder, string])[]): void {
  const found = linted(state, { at })
  const about = found.flatMap((finding) =>
    finding.subject.type === 'assignment' ? [{ finding, subject: finding.subject }] : [],
  )
  expect(about.map(({ finding, subject }) => [finding.code, subject.principal, subject.accessGroup])).toEqual(expected)
  for (const { finding } of about) if (finding.fix) expectFixed(found, afterFix(state, finding), finding, { at })
}

describe.each([
  ['a membership', ann],
  ['an organization', acme],
] as const)('an access group of %s', (_, holder) => {
  test('that has ended is found', () => {
    const state = enacted(gemini, assign('gemini-models', holder, { expiresAt: noon + day }))
    expectFound(state, noon + day, [['assignment_ended', holder, 'gemini-models']])
  })

  test('that the entitlement does not list is found', () => {
    const state = enacted(gemini, assign('gemini-models', holder), entitle('gpt-models', 'claude-models'))
    expectFound(state, noon, [['assignment_shadowed', holder, 'gemini-models']])
  })

  test('is redundant if another group of it holds the same models for at least as long', () => {
    const both = [gemini, allGemini, assign('gemini-models', holder), assign('google-models', holder)]
    expectFound(enacted(...both), noon, [['assignment_redundant', holder, 'gemini-models']])
    const later = assign('google-models', holder, { startsAt: noon + 1 })
    expectFound(enacted(gemini, allGemini, assign('gemini-models', holder), later), noon, [])
  })
})

test('a group of a membership is redundant if its team or its organization has it', () => {
  for (const other of [team('acme-prod'), acme]) {
    const state = enacted(gemini, assign('gemini-models', ann), assign('gemini-models', other))
    expectFound(state, noon, [['assignment_redundant', ann, 'gemini-models']])
  }
  const ending = enacted(
    gemini,
    assign('gemini-models', ann),
    assign('gemini-models', acme, { expiresAt: noon + 99 * day }),
  )
  expectFound(ending, noon, [])
})
