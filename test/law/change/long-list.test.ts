import { describe, expect, test } from 'vitest'
import { accepted, alias, by, office, type Step, stateAfter, team, user } from './story.ts'

const dev = team('dev')
const names = (prefix: string): string[] => Array.from({ length: 10_000 }, (_, i) => `${prefix}${i}`)
const groups = names('group-')
const models = names('model-')
const targets = [{ providerAccount: 'openai', model: 'gpt-4' }]

const many = stateAfter(
  office,
  ...groups.map((accessGroup): Step => ({ type: 'CreateAccessGroup', accessGroup, members: [] })),
  ...models.map((id): Step => ({ type: 'CreateModelAlias', alias: id, targets })),
  { type: 'UpdateOrganization', organization: 'acme', entitlement: { type: 'list', accessGroups: groups } },
)
const held = stateAfter(many, { type: 'SetAccessGroups', principal: dev, accessGroups: groups })
const filled = stateAfter(many, { type: 'AddAccessGroupMembers', accessGroup: 'all', members: models.map(alias) })
const patterns = (prefix: string) =>
  names(prefix).map((name) => ({ type: 'aliasPattern', pattern: `${name}*` }) as const)
const patterned = stateAfter(many, { type: 'AddAccessGroupMembers', accessGroup: 'mini', members: patterns('p') })
const listed = stateAfter(many, { type: 'AddModels', providerAccount: 'openai', models })

/**
 * The time limit in milliseconds. For the longest list, a quadratic algorithm takes about 20 s, and a linear algorithm
 * about 0.02 s.
 */
const bound = 1000

describe('the cost of a command is linear in the length of its list', () => {
  const cases: readonly (readonly [string, Step, typeof many])[] = [
    ['set groups', { type: 'SetAccessGroups', principal: dev, accessGroups: groups }, many],
    [
      'set groups, by an admin',
      by(user('olga'), { type: 'SetAccessGroups', principal: dev, accessGroups: groups }),
      many,
    ],
    ['set no group', { type: 'SetAccessGroups', principal: dev, accessGroups: [] }, held],
    ['make a team', { type: 'CreateTeam', team: 'n', organization: 'acme', accessGroups: groups }, many],
    [
      'make a virtual account',
      by(user('olga'), {
        type: 'CreateVirtualAccount',
        virtualAccount: 'n',
        organization: 'acme',
        accessGroups: groups,
      }),
      many,
    ],
    ['make a plan', { type: 'CreatePlan', plan: 'n', accessGroups: groups }, many],
    ['make a provider account', { type: 'CreateProviderAccount', providerAccount: 'n', models }, many],
    ['add models', { type: 'AddModels', providerAccount: 'openai', models }, many],
    ['remove models', { type: 'RemoveModels', providerAccount: 'openai', models }, listed],
    ['make a group', { type: 'CreateAccessGroup', accessGroup: 'n', members: models.map(alias) }, many],
    ['add members', { type: 'AddAccessGroupMembers', accessGroup: 'all', members: models.map(alias) }, many],
    ['remove members', { type: 'RemoveAccessGroupMembers', accessGroup: 'all', members: models.map(alias) }, filled],
    ['set members', { type: 'SetAccessGroupMembers', accessGroup: 'all', members: models.map(alias) }, many],
    ['add patterns', { type: 'AddAccessGroupMembers', accessGroup: 'mini', members: patterns('q') }, patterned],
    ['remove patterns', { type: 'RemoveAccessGroupMembers', accessGroup: 'mini', members: patterns('p') }, patterned],
  ]
  test.each(cases)('%s', (_, step, state) => {
    const start = performance.now()
    expect(accepted(state, step).events.length).toBeLessThanOrEqual(2)
    expect(performance.now() - start).toBeLessThan(bound)
  })
})
