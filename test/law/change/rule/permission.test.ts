import { describe, expect, test } from 'vitest'
import type { Command } from '../../../../src/change/message/command.ts'
import type { RequestSubject } from '../../../../src/model/noun/access-request.ts'
import type { Actor } from '../../../../src/model/value/principal.ts'
import { alias, by, digest, office, outcome, type Step, stateAfter, team, user, virtualAccount } from '../story.ts'

/** One actor of each rank, by name. `system` and root, the administrator, have permission for every command. */
const people = {
  system: { type: 'system' },
  root: user('root'),
  olga: user('olga'),
  gus: user('gus'),
  max: user('max'),
  tom: user('tom'),
  mia: user('mia'),
  zoe: user('zoe'),
  bot: virtualAccount('bot'),
} as const satisfies Record<string, Actor>
type Name = keyof typeof people

interface Case {
  readonly step: Step
  /** The actors that have permission for `step`, in addition to `system` and root. */
  readonly may: readonly Name[]
  /** The steps to apply before `step`. Default: none. */
  readonly given?: readonly Step[]
  /** The code with which `system` and root are rejected. Default: both have permission. */
  readonly rootCode?: string
}

const nobody: readonly Name[] = []
const adminsOfAcme: readonly Name[] = ['olga']
const managersOfDev: readonly Name[] = ['olga', 'tom']
const managersOfOpenai: readonly Name[] = ['max']
const dev = team('dev')
const bot = virtualAccount('bot')

const invitation: Step = { type: 'InviteTeamMember', team: 'dev', user: 'zoe' }
/** Steps after which zoe has consented to the organization of team dev. */
const inLab: readonly Step[] = [
  { type: 'CreateTeam', team: 'lab', organization: 'acme' },
  { type: 'AddTeamMember', team: 'lab', user: 'zoe' },
]

const restriction: Step = {
  type: 'CreateRestriction',
  restriction: 'no',
  subject: dev,
  selector: { type: 'pattern', pattern: '*' },
}

const membership = { type: 'member', team: 'dev', user: 'mia' } as const
const approve: Step = { type: 'ApproveAccess', request: 'ask' }
const requestFor = (subject: RequestSubject): Step => {
  const wanted = { type: 'accessGroup', id: 'gpt' } as const
  return { type: 'RequestAccess', request: 'ask', subject, wanted, reason: 'a demo', duration: 60_000 }
}
const byMia = (subject: RequestSubject): Step => by(user('mia'), requestFor(subject))

/**
 * The test cases by command type: which actors have permission for the command. A missing command type is a compile
 * error.
 */
const cases: { readonly [T in Command['type']]: readonly Case[] } = {
  AddAdministrator: [{ step: { type: 'AddAdministrator', administrator: user('olga') }, may: nobody }],
  RemoveAdministrator: [
    {
      given: [{ type: 'AddAdministrator', administrator: user('zoe') }],
      step: { type: 'RemoveAdministrator', administrator: user('root') },
      may: ['zoe'],
    },
  ],

  CreateOrganization: [
    { step: { type: 'CreateOrganization', organization: 'new', entitlement: { type: 'unlimited' } }, may: nobody },
  ],
  UpdateOrganization: [
    { step: { type: 'UpdateOrganization', organization: 'acme', entitlement: { type: 'unlimited' } }, may: nobody },
    { step: { type: 'UpdateOrganization', organization: 'acme', name: 'Acme' }, may: nobody },
  ],
  SuspendOrganization: [{ step: { type: 'SuspendOrganization', organization: 'acme' }, may: nobody }],
  ActivateOrganization: [
    {
      given: [{ type: 'SuspendOrganization', organization: 'globex' }],
      step: { type: 'ActivateOrganization', organization: 'globex' },
      may: nobody,
    },
  ],
  DeleteOrganization: [{ step: { type: 'DeleteOrganization', organization: 'acme', cascade: true }, may: nobody }],
  AddOrganizationAdmin: [
    { step: { type: 'AddOrganizationAdmin', organization: 'acme', admin: user('zoe') }, may: nobody },
  ],
  RemoveOrganizationAdmin: [
    { step: { type: 'RemoveOrganizationAdmin', organization: 'acme', admin: user('olga') }, may: nobody },
  ],

  CreateUser: [{ step: { type: 'CreateUser', user: 'new' }, may: nobody }],
  UpdateUser: [{ step: { type: 'UpdateUser', user: 'mia', name: 'Mia' }, may: nobody }],
  SuspendUser: [{ step: { type: 'SuspendUser', user: 'mia' }, may: nobody }],
  ActivateUser: [
    {
      given: [
        { type: 'CreateUser', user: 'off' },
        { type: 'SuspendUser', user: 'off' },
      ],
      step: { type: 'ActivateUser', user: 'off' },
      may: nobody,
    },
  ],
  DeleteUser: [{ step: { type: 'DeleteUser', user: 'mia' }, may: nobody }],
  SetDefaultTeam: [{ step: { type: 'SetDefaultTeam', user: 'mia', team: 'dev' }, may: ['mia'] }],

  CreateTeam: [
    { step: { type: 'CreateTeam', team: 'new', organization: 'acme' }, may: adminsOfAcme },
    { step: { type: 'CreateTeam', team: 'new', organization: 'acme', accessGroups: ['gpt'] }, may: adminsOfAcme },
    { step: { type: 'CreateTeam', team: 'new', organization: 'acme', metered: false }, may: nobody },
    { step: { type: 'CreateTeam', team: 'new', organization: 'acme', metered: true }, may: adminsOfAcme },
    { step: { type: 'CreateTeam', team: 'new', organization: 'acme', plan: 'basic' }, may: nobody },
    { step: { type: 'CreateTeam', team: 'new', organization: 'acme', credits: '1' }, may: nobody },
  ],
  UpdateTeam: [
    { step: { type: 'UpdateTeam', team: 'dev', name: 'Dev' }, may: adminsOfAcme },
    { step: { type: 'UpdateTeam', team: 'dev', metered: true }, may: nobody },
  ],
  SuspendTeam: [{ step: { type: 'SuspendTeam', team: 'dev' }, may: adminsOfAcme }],
  ActivateTeam: [
    {
      given: [by(user('olga'), { type: 'SuspendTeam', team: 'dev' })],
      step: { type: 'ActivateTeam', team: 'dev' },
      may: adminsOfAcme,
    },
  ],
  DeleteTeam: [{ step: { type: 'DeleteTeam', team: 'dev' }, may: adminsOfAcme }],
  AddTeamMember: [
    { given: inLab, step: { type: 'AddTeamMember', team: 'dev', user: 'zoe' }, may: managersOfDev },
    { given: inLab, step: { type: 'AddTeamMember', team: 'dev', user: 'zoe', role: 'manager' }, may: managersOfDev },
  ],
  ChangeTeamMemberRole: [
    { step: { type: 'ChangeTeamMemberRole', team: 'dev', user: 'mia', role: 'manager' }, may: managersOfDev },
  ],
  RemoveTeamMember: [{ step: { type: 'RemoveTeamMember', team: 'dev', user: 'mia' }, may: [...managersOfDev, 'mia'] }],
  InviteTeamMember: [
    { step: { type: 'InviteTeamMember', team: 'dev', user: 'zoe' }, may: managersOfDev },
    { step: { type: 'InviteTeamMember', team: 'dev', user: 'nix', role: 'manager' }, may: managersOfDev },
  ],
  WithdrawInvitation: [
    { given: [invitation], step: { type: 'WithdrawInvitation', team: 'dev', user: 'zoe' }, may: managersOfDev },
  ],
  AcceptInvitation: [
    { given: [invitation], step: { type: 'AcceptInvitation', team: 'dev', user: 'zoe' }, may: ['zoe'] },
  ],
  DeclineInvitation: [
    { given: [invitation], step: { type: 'DeclineInvitation', team: 'dev', user: 'zoe' }, may: ['zoe'] },
  ],
  SetTeamPlan: [{ step: { type: 'SetTeamPlan', team: 'dev', plan: 'basic' }, may: nobody }],

  CreateVirtualAccount: [
    { step: { type: 'CreateVirtualAccount', virtualAccount: 'new', organization: 'acme' }, may: adminsOfAcme },
    {
      step: { type: 'CreateVirtualAccount', virtualAccount: 'new', organization: 'acme', credits: '1' },
      may: nobody,
    },
  ],
  UpdateVirtualAccount: [
    { step: { type: 'UpdateVirtualAccount', virtualAccount: 'bot', name: 'Bot' }, may: adminsOfAcme },
    { step: { type: 'UpdateVirtualAccount', virtualAccount: 'bot', metered: true }, may: nobody },
  ],
  SuspendVirtualAccount: [{ step: { type: 'SuspendVirtualAccount', virtualAccount: 'bot' }, may: adminsOfAcme }],
  ActivateVirtualAccount: [
    {
      given: [
        { type: 'CreateVirtualAccount', virtualAccount: 'off', organization: 'acme' },
        by(user('olga'), { type: 'SuspendVirtualAccount', virtualAccount: 'off' }),
      ],
      step: { type: 'ActivateVirtualAccount', virtualAccount: 'off' },
      may: adminsOfAcme,
    },
  ],
  DeleteVirtualAccount: [{ step: { type: 'DeleteVirtualAccount', virtualAccount: 'bot' }, may: adminsOfAcme }],

  IssueCredential: [
    { step: { type: 'IssueCredential', credential: 'n', owner: user('mia'), digest: digest('e') }, may: ['mia'] },
    { step: { type: 'IssueCredential', credential: 'n', owner: dev, digest: digest('e') }, may: managersOfDev },
    { step: { type: 'IssueCredential', credential: 'n', owner: bot, digest: digest('e') }, may: adminsOfAcme },
  ],
  UpdateCredential: [
    { step: { type: 'UpdateCredential', credential: 'mia', name: 'Laptop' }, may: ['mia'] },
    { step: { type: 'UpdateCredential', credential: 'dev', name: 'Build' }, may: managersOfDev },
  ],
  RotateCredential: [
    { step: { type: 'RotateCredential', credential: 'mia', digest: digest('e') }, may: ['mia'] },
    { step: { type: 'RotateCredential', credential: 'bot', digest: digest('e') }, may: adminsOfAcme },
  ],
  RevokeCredential: [
    { step: { type: 'RevokeCredential', credential: 'mia-dev' }, may: ['mia'] },
    { step: { type: 'RevokeCredential', credential: 'dev' }, may: managersOfDev },
  ],

  SuspendCredential: [
    { step: { type: 'SuspendCredential', credential: 'mia-dev' }, may: ['mia'] },
    { step: { type: 'SuspendCredential', credential: 'dev' }, may: managersOfDev },
    { step: { type: 'SuspendCredential', credential: 'bot' }, may: adminsOfAcme },
  ],
  ActivateCredential: [
    {
      given: [by(user('mia'), { type: 'SuspendCredential', credential: 'mia' })],
      step: { type: 'ActivateCredential', credential: 'mia' },
      may: ['mia'],
    },
    {
      given: [by(user('tom'), { type: 'SuspendCredential', credential: 'dev' })],
      step: { type: 'ActivateCredential', credential: 'dev' },
      may: managersOfDev,
    },
  ],

  CreateProviderAccount: [{ step: { type: 'CreateProviderAccount', providerAccount: 'new' }, may: nobody }],
  UpdateProviderAccount: [
    {
      step: { type: 'UpdateProviderAccount', providerAccount: 'openai', settings: { region: 'eu' } },
      may: managersOfOpenai,
    },
    { step: { type: 'UpdateProviderAccount', providerAccount: 'any', name: 'Any' }, may: nobody },
    { step: { type: 'UpdateProviderAccount', providerAccount: 'openai', anyModel: true }, may: nobody },
  ],
  SuspendProviderAccount: [{ step: { type: 'SuspendProviderAccount', providerAccount: 'openai' }, may: nobody }],
  ActivateProviderAccount: [
    {
      given: [{ type: 'SuspendProviderAccount', providerAccount: 'openai' }],
      step: { type: 'ActivateProviderAccount', providerAccount: 'openai' },
      may: nobody,
    },
  ],
  DeleteProviderAccount: [
    { step: { type: 'DeleteProviderAccount', providerAccount: 'openai', cascade: true }, may: nobody },
  ],
  AddModels: [{ step: { type: 'AddModels', providerAccount: 'openai', models: ['gpt-5'] }, may: managersOfOpenai }],
  RemoveModels: [
    {
      given: [{ type: 'AddModels', providerAccount: 'openai', models: ['gpt-5'] }],
      step: { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-5'] },
      may: managersOfOpenai,
    },
    { step: { type: 'RemoveModels', providerAccount: 'openai', models: ['gpt-4'], cascade: true }, may: nobody },
  ],
  SuspendModel: [{ step: { type: 'SuspendModel', providerAccount: 'openai', model: 'gpt-4' }, may: managersOfOpenai }],
  ActivateModel: [
    {
      given: [by(user('max'), { type: 'SuspendModel', providerAccount: 'openai', model: 'gpt-4' })],
      step: { type: 'ActivateModel', providerAccount: 'openai', model: 'gpt-4' },
      may: managersOfOpenai,
    },
  ],
  GrantRole: [
    {
      step: {
        type: 'GrantRole',
        principal: user('zoe'),
        providerAccount: 'openai',
        role: 'user',
        expiresAt: 1_700_000_004_000,
      },
      may: managersOfOpenai,
    },
    { step: { type: 'GrantRole', principal: user('zoe'), providerAccount: 'any', role: 'user' }, may: nobody },
  ],
  RevokeRole: [
    {
      given: [
        {
          type: 'GrantRole',
          principal: user('zoe'),
          providerAccount: 'openai',
          role: 'manager',
          expiresAt: 1_700_000_005_000,
        },
      ],
      step: { type: 'RevokeRole', principal: user('max'), providerAccount: 'openai', role: 'manager' },
      may: ['max', 'zoe'],
    },
  ],

  CreateModelAlias: [{ step: { type: 'CreateModelAlias', alias: 'new', targets: [] }, may: nobody }],
  UpdateModelAlias: [{ step: { type: 'UpdateModelAlias', alias: 'gpt-4', description: 'Best' }, may: nobody }],
  SetModelAliasTargets: [{ step: { type: 'SetModelAliasTargets', alias: 'gpt-4', targets: [] }, may: nobody }],
  DeprecateModelAlias: [
    { step: { type: 'DeprecateModelAlias', alias: 'gpt-3', sunsetAt: 1_700_000_009_000 }, may: nobody },
  ],
  RetireModelAlias: [{ step: { type: 'RetireModelAlias', alias: 'gpt-3' }, may: nobody }],
  ActivateModelAlias: [
    {
      given: [{ type: 'RetireModelAlias', alias: 'gpt-3' }],
      step: { type: 'ActivateModelAlias', alias: 'gpt-3' },
      may: nobody,
    },
  ],
  DeleteModelAlias: [{ step: { type: 'DeleteModelAlias', alias: 'claude' }, may: nobody }],

  CreateAccessGroup: [{ step: { type: 'CreateAccessGroup', accessGroup: 'new', members: [] }, may: nobody }],
  UpdateAccessGroup: [{ step: { type: 'UpdateAccessGroup', accessGroup: 'gpt', description: 'GPT' }, may: nobody }],
  AddAccessGroupMembers: [
    { step: { type: 'AddAccessGroupMembers', accessGroup: 'gpt', members: [alias('claude')] }, may: nobody },
  ],
  RemoveAccessGroupMembers: [
    { step: { type: 'RemoveAccessGroupMembers', accessGroup: 'gpt', members: [alias('gpt-3')] }, may: nobody },
  ],
  SetAccessGroupMembers: [{ step: { type: 'SetAccessGroupMembers', accessGroup: 'gpt', members: [] }, may: nobody }],
  DeleteAccessGroup: [{ step: { type: 'DeleteAccessGroup', accessGroup: 'gpt' }, may: nobody }],
  AssignAccessGroup: [
    { step: { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev }, may: adminsOfAcme },
    { step: { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: bot }, may: adminsOfAcme },
    { step: { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: user('mia') }, may: nobody },
    { step: { type: 'AssignAccessGroup', accessGroup: 'gpt', principal: team('ops') }, may: nobody },
  ],
  UnassignAccessGroup: [
    {
      given: [{ type: 'AssignAccessGroup', accessGroup: 'gpt', principal: dev }],
      step: { type: 'UnassignAccessGroup', accessGroup: 'gpt', principal: dev },
      may: adminsOfAcme,
    },
  ],
  SetAccessGroups: [
    { step: { type: 'SetAccessGroups', principal: dev, accessGroups: ['gpt', 'mini'] }, may: adminsOfAcme },
    { step: { type: 'SetAccessGroups', principal: user('zoe'), accessGroups: ['gpt'] }, may: nobody },
  ],

  RequestAccess: [
    { step: requestFor({ type: 'user', id: 'mia' }), may: ['mia'], rootCode: 'access_request_foreign' },
    { step: requestFor(membership), may: ['mia'], rootCode: 'access_request_foreign' },
  ],
  ApproveAccess: [
    { given: [byMia(membership)], step: { type: 'ApproveAccess', request: 'ask' }, may: adminsOfAcme },
    { given: [byMia({ type: 'virtualAccount', id: 'bot' })], step: approve, may: adminsOfAcme },
    { given: [byMia({ type: 'user', id: 'mia' })], step: approve, may: nobody },
  ],
  DenyAccess: [
    { given: [byMia(membership)], step: { type: 'DenyAccess', request: 'ask' }, may: adminsOfAcme },
    { given: [byMia({ type: 'user', id: 'mia' })], step: { type: 'DenyAccess', request: 'ask' }, may: nobody },
  ],
  WithdrawRequest: [{ given: [byMia(membership)], step: { type: 'WithdrawRequest', request: 'ask' }, may: ['mia'] }],

  CreateRestriction: [{ step: restriction, may: nobody }],
  DeleteRestriction: [{ given: [restriction], step: { type: 'DeleteRestriction', restriction: 'no' }, may: nobody }],

  CreatePlan: [{ step: { type: 'CreatePlan', plan: 'new', accessGroups: [] }, may: nobody }],
  UpdatePlan: [{ step: { type: 'UpdatePlan', plan: 'basic', credits: null }, may: nobody }],
  DeletePlan: [{ step: { type: 'DeletePlan', plan: 'basic' }, may: nobody }],
  AllocateCredits: [
    {
      given: [{ type: 'UpdateTeam', team: 'dev', metered: true }],
      step: { type: 'AllocateCredits', principal: dev, amount: '1' },
      may: nobody,
    },
  ],
}

describe('the actors that may give each command, and those that may not', () => {
  const rows = Object.values(cases).flat()
  test.each(rows.map((row) => [JSON.stringify(row.step), row] as const))(
    '%s',
    (_, { given = [], step, may, rootCode }) => {
      const state = stateAfter(office, ...given)
      for (const name of Object.keys(people) as Name[]) {
        const isRoot = name === 'system' || name === 'root'
        const answer = outcome(state, by(people[name], step))
        if (isRoot && rootCode !== undefined) expect(answer, name).toBe(rootCode)
        else if (isRoot || may.includes(name)) expect(answer, name).toBe('accepted')
        else
          expect(
            ['management_not_granted', 'entitlement_exceeded', 'access_request_own'],
            `${name}: ${answer}`,
          ).toContain(answer)
      }
    },
  )
})
