import { describe, expect, test } from 'vitest'
import type { Event } from '../../../../src/change/message/event.ts'
import { subjectsOf } from '../../../../src/change/message/event-subject.ts'
import { digest, now, team, user, virtualAccount } from '../story.ts'

type Fields<E> = E extends Event ? Omit<E, 'type' | 'at' | 'actor'> : never
type Sample<E> = readonly [fields: Fields<E>, ...subjects: readonly string[]]

const dev = team('dev')
const member = { type: 'member', team: 'dev', user: 'mia' } as const
const openai = { providerAccount: 'openai' }
const suspendedBy = 'platform'
const all = { type: 'all' } as const
const selector = { type: 'alias', alias: 'gpt-4' } as const
const wallet = { type: 'team', id: 'dev', incarnation: 1 } as const
const period = { every: 'month', timeZone: 'UTC' } as const
const targets = [{ ...openai, model: 'gpt-4' }]
const entitlement = { type: 'list', accessGroups: ['gpt'] } as const

/** For each event type: a sample, and its subjects as `type id`. A missing event type is a compile error. */
const samples: { readonly [T in Event['type']]: Sample<Extract<Event, { type: T }>> } = {
  AdministratorAdded: [{ administrator: user('ann') }, 'user ann'],
  AdministratorRemoved: [{ administrator: virtualAccount('bot') }, 'virtualAccount bot'],
  OrganizationCreated: [{ organization: 'acme', entitlement }, 'organization acme'],
  OrganizationUpdated: [{ organization: 'acme', name: 'ACME' }, 'organization acme'],
  OrganizationSuspended: [{ organization: 'acme', suspendedBy }, 'organization acme'],
  OrganizationActivated: [{ organization: 'acme' }, 'organization acme'],
  OrganizationDeleted: [{ organization: 'acme' }, 'organization acme'],
  OrganizationAdminAdded: [{ organization: 'acme', admin: user('ann') }, 'organization acme', 'user ann'],
  OrganizationAdminRemoved: [{ organization: 'acme', admin: user('ann') }, 'organization acme', 'user ann'],
  UserCreated: [{ user: 'ann', name: 'Ann', metered: false }, 'user ann'],
  UserUpdated: [{ user: 'ann' }, 'user ann'],
  UserSuspended: [{ user: 'ann', suspendedBy }, 'user ann'],
  UserActivated: [{ user: 'ann' }, 'user ann'],
  UserDeleted: [{ user: 'ann' }, 'user ann'],
  DefaultTeamSet: [{ user: 'ann', team: 'dev' }, 'user ann', 'team dev'],
  TeamCreated: [
    { team: 'dev', organization: 'acme', metered: true, plan: 'basic', accessGroups: ['gpt', 'mini'] },
    ...['team dev', 'organization acme', 'plan basic', 'accessGroup gpt', 'accessGroup mini'],
  ],
  TeamUpdated: [{ team: 'dev' }, 'team dev'],
  TeamSuspended: [{ team: 'dev', suspendedBy }, 'team dev'],
  TeamActivated: [{ team: 'dev' }, 'team dev'],
  TeamDeleted: [{ team: 'dev' }, 'team dev'],
  TeamMemberAdded: [{ team: 'dev', user: 'ann', role: 'member' }, 'team dev', 'user ann'],
  TeamMemberRoleChanged: [{ team: 'dev', user: 'ann', role: 'manager' }, 'team dev', 'user ann'],
  TeamMemberRemoved: [{ team: 'dev', user: 'ann' }, 'team dev', 'user ann'],
  TeamMemberInvited: [{ team: 'dev', user: 'ann', role: 'member' }, 'team dev', 'user ann'],
  InvitationWithdrawn: [{ team: 'dev', user: 'ann' }, 'team dev', 'user ann'],
  InvitationAccepted: [{ team: 'dev', user: 'ann' }, 'team dev', 'user ann'],
  InvitationDeclined: [{ team: 'dev', user: 'ann' }, 'team dev', 'user ann'],
  TeamPlanSet: [{ team: 'dev', plan: 'basic' }, 'team dev', 'plan basic'],
  VirtualAccountCreated: [
    { virtualAccount: 'bot', organization: 'acme', metered: true, accessGroups: ['gpt'] },
    ...['virtualAccount bot', 'organization acme', 'accessGroup gpt'],
  ],
  VirtualAccountUpdated: [{ virtualAccount: 'bot' }, 'virtualAccount bot'],
  VirtualAccountSuspended: [{ virtualAccount: 'bot', suspendedBy }, 'virtualAccount bot'],
  VirtualAccountActivated: [{ virtualAccount: 'bot' }, 'virtualAccount bot'],
  VirtualAccountDeleted: [{ virtualAccount: 'bot' }, 'virtualAccount bot'],
  CredentialIssued: [
    { credential: 'pat', owner: user('ann'), team: 'dev', digest: digest('a'), scope: all, operations: all },
    ...['credential pat', 'user ann', 'team dev'],
  ],
  CredentialUpdated: [{ credential: 'pat', scope: { type: 'list', selectors: [selector] } }, 'credential pat'],
  CredentialRotated: [{ credential: 'pat', digest: digest('b'), overlapUntil: now }, 'credential pat'],
  CredentialRevoked: [{ credential: 'pat' }, 'credential pat'],
  CredentialSuspended: [{ credential: 'pat', suspendedBy }, 'credential pat'],
  CredentialActivated: [{ credential: 'pat' }, 'credential pat'],
  CredentialDeleted: [{ credential: 'pat' }, 'credential pat'],
  ProviderAccountCreated: [
    { ...openai, settings: { type: 'user', id: 'ann' }, models: ['gpt-4'], anyModel: false },
    'providerAccount openai',
  ],
  ProviderAccountUpdated: [{ ...openai, settings: { type: 'user', id: 'ann' } }, 'providerAccount openai'],
  ProviderAccountSuspended: [{ ...openai, suspendedBy }, 'providerAccount openai'],
  ProviderAccountActivated: [openai, 'providerAccount openai'],
  ProviderAccountDeleted: [openai, 'providerAccount openai'],
  ModelsAdded: [{ ...openai, models: ['gpt-4'] }, 'providerAccount openai'],
  ModelsRemoved: [{ ...openai, models: ['gpt-4'] }, 'providerAccount openai'],
  ModelSuspended: [{ ...openai, model: 'gpt-4', suspendedBy }, 'providerAccount openai', 'model openai/gpt-4'],
  ModelActivated: [{ ...openai, model: 'gpt-4' }, 'providerAccount openai', 'model openai/gpt-4'],
  RoleGranted: [{ principal: dev, ...openai, role: 'user', window: {} }, 'team dev', 'providerAccount openai'],
  RoleRevoked: [{ principal: dev, ...openai, role: 'user' }, 'team dev', 'providerAccount openai'],
  ModelAliasCreated: [{ alias: 'gpt-4', targets }, 'modelAlias gpt-4'],
  ModelAliasUpdated: [{ alias: 'gpt-4' }, 'modelAlias gpt-4'],
  ModelAliasTargetsSet: [{ alias: 'gpt-4', targets }, 'modelAlias gpt-4'],
  ModelAliasDeprecated: [{ alias: 'gpt-4', sunsetAt: now, successor: 'gpt-5' }, 'modelAlias gpt-4'],
  ModelAliasRetired: [{ alias: 'gpt-4' }, 'modelAlias gpt-4'],
  ModelAliasActivated: [{ alias: 'gpt-4' }, 'modelAlias gpt-4'],
  ModelAliasDeleted: [{ alias: 'gpt-4' }, 'modelAlias gpt-4'],
  AccessGroupCreated: [{ accessGroup: 'gpt', members: [selector] }, 'accessGroup gpt'],
  AccessGroupUpdated: [{ accessGroup: 'gpt' }, 'accessGroup gpt'],
  AccessGroupMembersAdded: [{ accessGroup: 'gpt', members: [selector] }, 'accessGroup gpt'],
  AccessGroupMembersRemoved: [{ accessGroup: 'gpt', members: [selector] }, 'accessGroup gpt'],
  AccessGroupDeleted: [{ accessGroup: 'gpt' }, 'accessGroup gpt'],
  AccessGroupAssigned: [
    { accessGroup: 'gpt', principal: member, window: {} },
    ...['accessGroup gpt', 'team dev', 'user mia'],
  ],
  AccessGroupUnassigned: [
    { accessGroup: 'gpt', principal: { type: 'organization', id: 'acme' } },
    ...['accessGroup gpt', 'organization acme'],
  ],
  AccessGroupsSet: [
    { principal: dev, removed: ['gpt'], added: ['mini', 'gpt'] },
    ...['team dev', 'accessGroup gpt', 'accessGroup mini'],
  ],
  AccessRequested: [
    {
      request: 'ask',
      subject: { type: 'member', team: 'dev', user: 'ann' },
      wanted: { type: 'accessGroup', id: 'gpt' },
      reason: 'a demo',
      duration: 60_000,
      expiresAt: 1_700_000_002_000,
    },
    ...['accessRequest ask', 'team dev', 'user ann', 'accessGroup gpt'],
  ],
  AccessApproved: [
    { request: 'ask', accessGroup: 'gpt', expiresAt: 1_700_000_061_000 },
    ...['accessRequest ask', 'accessGroup gpt'],
  ],
  AccessDenied: [{ request: 'ask', note: 'no' }, 'accessRequest ask'],
  RequestWithdrawn: [{ request: 'ask' }, 'accessRequest ask'],
  RestrictionCreated: [
    { restriction: 'no-gpt', subject: { type: 'credential', id: 'pat' }, selector, window: {} },
    ...['restriction no-gpt', 'credential pat'],
  ],
  RestrictionDeleted: [{ restriction: 'no-gpt' }, 'restriction no-gpt'],
  PlanCreated: [{ plan: 'basic', accessGroups: ['gpt'], credits: { amount: '5' } }, 'plan basic', 'accessGroup gpt'],
  PlanUpdated: [{ plan: 'basic', accessGroups: ['gpt'] }, 'plan basic', 'accessGroup gpt'],
  PlanDeleted: [{ plan: 'basic' }, 'plan basic'],
  CreditsAllocated: [{ wallet, amount: '5', plan: 'basic' }, 'team dev', 'plan basic'],
  AllowanceSet: [{ wallet, allowance: 'plan', amount: '5', period }, 'team dev'],
}

const namesOf = (event: object): string[] => subjectsOf({ ...event }).map(({ type, id }) => `${type} ${id}`)

const envelope = { actor: { type: 'user', id: 'root' }, at: now }

describe('the subjects of each event type', () => {
  test.each(Object.entries(samples))('%s', (type, [fields, ...subjects]) => {
    expect(subjects.length).toBeGreaterThan(0)
    expect(namesOf({ type, ...envelope, ...fields })).toEqual(subjects)
  })
})

describe('an event of an unknown type has the subjects that its fields name', () => {
  test.each<readonly [title: string, fields: object, subjects: readonly string[]]>([
    ['each subject once', { user: 'ann', owner: user('ann'), added: ['g', 'g'] }, ['user ann', 'accessGroup g']],
    ['a reference of a new type', { target: { type: 'project', id: 'p' } }, ['project p']],
    ['no model without its account', { model: 'gpt-4' }, []],
    ['no subject from `null`, a number or another list', { team: null, user: 7, users: ['ann'] }, []],
    ['no subject from fields named like those of every object', { constructor: 'x', toString: 'x' }, []],
    ['no subject from `everyone`', { subject: { type: 'everyone' } }, []],
  ])('%s', (_title, fields, subjects) => {
    expect(namesOf({ type: 'ThingHappened', ...envelope, ...fields })).toEqual(subjects)
  })
})
