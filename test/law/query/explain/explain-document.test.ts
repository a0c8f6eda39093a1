import { describe, expect, test } from 'vitest'
import type { State } from '../../../../src/model/state/state.ts'
import type { Request } from '../../../../src/policy/request/request.ts'
import { formatExplanation } from '../../../../src/query/explain/describe/format-explanation.ts'
import { type Explanation, explain } from '../../../../src/query/explain/explain.ts'
import { acme, alias, answer, createGroup, day, enact, noon, rejectionOf, team, user } from '../../document/world.ts'

const prod = team('acme-prod')
const use = (model: string, at = noon): Request => ({ type: 'use', who: prod, model, at })

/** Returns the lines below a section title in the formatted explanation. */
function under(title: string, { explanation }: { readonly explanation: Explanation }): string[] {
  const lines = formatExplanation(explanation).split('\n')
  const from = lines.indexOf(title)
  if (from < 0) return []
  const rest = lines.slice(from + 1)
  const to = rest.findIndex((line) => !line.startsWith('  '))
  return (to < 0 ? rest : rest.slice(0, to)).map((line) => line.trim())
}
const asked = (model: string, state: State) => ({ explanation: explain(use(model), state) })

/**
 * Applies the commands of a remedy, and returns the state after them. Remedies are numbered from 1, as in the formatted
 * text.
 */
function applyRemedy(state: State, { remedies }: Explanation, number: number): State {
  return enact(state, ...(remedies[number - 1]?.commands ?? []))
}

const state = enact(
  acme,
  createGroup('gpt-models', 'OpenAI GPT models', 'gpt-4', 'gpt-3.5-turbo'),
  createGroup('claude-models', 'Anthropic Claude models', 'claude-3-opus', 'claude-3-sonnet'),
  { type: 'CreateTeam', organization: 'org_acme', team: 'acme-prod', accessGroups: ['claude-models'] },
  { type: 'CreateUser', user: 'root' },
  { type: 'AddAdministrator', administrator: user('root') },
)

describe('Team can’t access model: a client reports "model access denied" for gpt-4', () => {
  const told = asked('gpt-4', state)

  test('check the team’s access groups: the failed guard lists them, and that none contains the model', () => {
    const checks = under('checks', told)
    expect(checks).toContain(
      'team `acme-prod` has group `claude-models` (in force: always), which does not hold the model',
    )
    expect(checks.filter((line) => line.includes('has group'))).toHaveLength(1)
    expect(checks).toContain('FAILED model_not_granted')
  })

  test('check if any access group contains the model: a near miss names the group that is one assignment away', () => {
    expect(under('near misses', told)).toContain(
      'one group that holds the model is one assignment away: `gpt-models` (2 aliases; to team `acme-prod`)',
    )
  })

  test('add the missing access group: a remedy has the command and its issuers, and applying it gives access', () => {
    const remedies = under('remedies', told)
    const number = remedies.findIndex((line) => line.includes('assign group `gpt-models` to team `acme-prod`'))
    expect(remedies[number]).toContain('grants 1 more; can be issued by user `root` (administrator)')
    expect(answer(applyRemedy(state, told.explanation, number + 1), prod, 'gpt-4')).toBe('allow')
  })
})

describe('Model alias not found: an access group won’t accept a model alias', () => {
  test('verify that the alias exists: the guard says that it does not, and a near miss names the similar alias', () => {
    const told = asked('gpt-4-turob', state)
    expect(
      rejectionOf(state, { type: 'AddAccessGroupMembers', accessGroup: 'gpt-models', members: [alias('gpt-4-turob')] })
        .code,
    ).toBe('model_alias_unknown')
    expect(under('checks', told)).toContain('no alias and no concrete model is named `gpt-4-turob`')
    expect(under('near misses', told)[0]).toBe(
      '`gpt-4-turbo` exists, which differs in spelling; the caller may not use it',
    )
  })

  test('create the alias if it is missing, and add it to the group: one remedy has both commands', () => {
    const told = asked('gpt-4-vision', state)
    expect(told.explanation.decision).toMatchObject({ reason: 'model_unknown' })
    const remedies = under('remedies', told)
    // The first remedy requests the concrete model, adds it to the group, and creates no alias.
    expect(remedies[0]).toMatch(
      /^1\. request `openai\/gpt-4-vision`, then add model `openai\/gpt-4-vision` to group `claude-models`; grants nothing else/,
    )
    const number = remedies.findIndex((line) =>
      line.includes(
        'create alias `gpt-4-vision` for `openai/gpt-4-vision`, then add alias `gpt-4-vision` to group `claude-models`',
      ),
    )
    expect(answer(applyRemedy(state, told.explanation, number + 1), prod, 'gpt-4-vision')).toBe('allow')
  })
})

describe('Access group changes not taking effect: updated access groups, but the team still can’t', () => {
  test('verify that the update succeeded: the text has the version of the state that it explains', () => {
    const updated = enact(state, { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod })
    expect(formatExplanation(explain(use('gpt-4'), state))).toContain(`(version ${state.version})`)
    const text = formatExplanation(explain(use('gpt-4'), updated))
    expect(text).toContain(`(version ${updated.version})`)
    expect(text.startsWith('allowed: ')).toBe(true)
  })

  test('check that the model is in the group: the team holds the group, which does not contain the model', () => {
    const told = asked('claude-3-haiku', state)
    expect(under('near misses', told)).toContain(
      'team `acme-prod` has group `claude-models`, which does not hold `claude-3-haiku`',
    )
    const number = under('remedies', told).findIndex((line) => line.includes('to group `claude-models`'))
    expect(answer(applyRemedy(state, told.explanation, number + 1), prod, 'claude-3-haiku')).toBe('allow')
  })

  test('the update took effect, and something else denies: the window, the entitlement, a restriction, a suspension', () => {
    const assigned = { type: 'AssignAccessGroup', accessGroup: 'gpt-models', principal: prod } as const
    const late = enact(state, { ...assigned, startsAt: noon + day })
    expect(under('near misses', asked('gpt-4', late))).toContain(
      'team `acme-prod` has group `gpt-models`, which holds the model, from 2024-10-15T12:00:00Z on',
    )
    const bounded = enact(state, assigned, {
      type: 'UpdateOrganization',
      organization: 'org_acme',
      entitlement: { type: 'list', accessGroups: ['claude-models'] },
    })
    expect(under('near misses', asked('gpt-4', bounded))).toContain(
      'team `acme-prod` has group `gpt-models`, which holds the model, but organization `org_acme` is not entitled to it',
    )
    expect(under('remedies', asked('gpt-4', bounded)).join()).toContain(
      'entitle organization `org_acme` to group `gpt-models` too',
    )
    const denied = enact(state, assigned, {
      type: 'CreateRestriction',
      restriction: 'freeze',
      subject: prod,
      selector: { type: 'pattern', pattern: 'gpt-*' },
      expiresAt: noon + day,
    })
    expect(under('near misses', asked('gpt-4', denied))).toEqual([
      'restriction `freeze` denies aliases and models that match `gpt-*` to team `acme-prod` until 2024-10-15T12:00:00Z, which overrides every grant',
    ])
    const halted = enact(state, assigned, { type: 'SuspendProviderAccount', providerAccount: 'openai' })
    expect(under('near misses', asked('gpt-4', halted))).toEqual([
      'route `openai/gpt-4` is on a suspended provider account, suspended by the platform',
    ])
  })
})

test('one remedy fixes several denial reasons in a row', () => {
  const broken = enact(
    state,
    { type: 'SuspendTeam', team: 'acme-prod' },
    { type: 'CreateRestriction', restriction: 'freeze', subject: prod, selector: alias('gpt-4') },
  )
  const { remedies } = explain(use('gpt-4'), broken)
  expect(remedies.map(({ commands }) => commands.map(({ type }) => type))).toContainEqual([
    'ActivateTeam',
    'AssignAccessGroup',
    'DeleteRestriction',
  ])
  for (let number = 1; number <= remedies.length; number += 1) {
    expect(answer(applyRemedy(broken, explain(use('gpt-4'), broken), number), prod, 'gpt-4')).toBe('allow')
  }
})
