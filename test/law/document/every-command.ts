import type { z } from 'zod'
import { Command } from '../../../src/change/message/command.ts'
import { alias, digestOf, noon, route, type Step, team, user, virtualAccount } from './world.ts'

const organization = 'org_acme'
const operations = { type: 'list', operations: ['chat'] } as const
const scope = { type: 'all' } as const
const window = { startsAt: noon, expiresAt: noon + 1 }
const period = { every: 'month', timeZone: 'Europe/Berlin', startsOn: 31 } as const
const accessGroup = 'gpt-models'
const members = [alias('gpt-4')]
const providerAccount = 'openai'
const role = 'user'

/** A well-formed sample of every command, with all of its fields. A command without a sample does not compile. */
const samples: { readonly [T in Command['type']]: Omit<Extract<Step, { type: T }>, 'type'> } = {
  AddAdministrator: { administrator: user('ann') },
  RemoveAdministrator: { administrator: virtualAccount('robot') },

  CreateOrganization: { organization, name: 'ACME Corp', entitlement: { type: 'list', accessGroups: [accessGroup] } },
  UpdateOrganization: { organization, name: null, entitlement: { type: 'unlimited' } },
  SuspendOrganization: { organization },
  ActivateOrganization: { organization },
  DeleteOrganization: { organization, cascade: true },
  AddOrganizationAdmin: { organization, admin: user('ann') },
  RemoveOrganizationAdmin: { organization, admin: user('ann') },

  CreateUser: { user: 'ann', name: 'Ann', metered: true },
  UpdateUser: { user: 'ann', name: null, metered: false },
  SuspendUser: { user: 'ann' },
  ActivateUser: { user: 'ann' },
  DeleteUser: { user: 'ann' },
  SetDefaultTeam: { user: 'ann', team: null },

  CreateTeam: {
    team: 'acme-prod',
    organization,
    name: 'Production',
    accessGroups: [accessGroup],
    plan: 'starter',
    credits: '1000',
    metered: true,
  },
  UpdateTeam: { team: 'acme-prod', name: null, metered: false },
  SuspendTeam: { team: 'acme-prod' },
  ActivateTeam: { team: 'acme-prod' },
  DeleteTeam: { team: 'acme-prod' },
  AddTeamMember: { team: 'acme-prod', user: 'ann', role: 'manager' },
  ChangeTeamMemberRole: { team: 'acme-prod', user: 'ann', role: 'member' },
  RemoveTeamMember: { team: 'acme-prod', user: 'ann' },
  InviteTeamMember: { team: 'acme-prod', user: 'ann', role: 'manager', expiresAt: noon + 1 },
  WithdrawInvitation: { team: 'acme-prod', user: 'ann' },
  AcceptInvitation: { team: 'acme-prod', user: 'ann' },
  DeclineInvitation: { team: 'acme-prod', user: 'ann' },
  SetTeamPlan: { team: 'acme-prod', plan: 'starter' },

  CreateVirtualAccount: {
    virtualAccount: 'robot',
    organization,
    name: 'Robot',
    accessGroups: [accessGroup],
    credits: '1000',
    metered: true,
  },
  UpdateVirtualAccount: { virtualAccount: 'robot', name: null, metered: false },
  SuspendVirtualAccount: { virtualAccount: 'robot' },
  ActivateVirtualAccount: { virtualAccount: 'robot' },
  DeleteVirtualAccount: { virtualAccount: 'robot' },

  IssueCredential: {
    credential: 'pat-ann',
    owner: user('ann'),
    digest: digestOf('one'),
    team: 'acme-prod',
    scope,
    operations,
    name: 'Laptop',
    expiresAt: noon + 1,
  },
  UpdateCredential: { credential: 'pat-ann', name: null, scope, operations, expiresAt: null },
  RotateCredential: { credential: 'pat-ann', digest: digestOf('two'), overlapUntil: noon + 1, expiresAt: noon + 2 },
  RevokeCredential: { credential: 'pat-ann' },
  SuspendCredential: { credential: 'pat-ann' },
  ActivateCredential: { credential: 'pat-ann' },

  CreateProviderAccount: { providerAccount, name: 'OpenAI', settings: {}, models: ['gpt-4'], anyModel: false },
  UpdateProviderAccount: { providerAccount, name: null, settings: { region: 'eu' }, anyModel: true },
  SuspendProviderAccount: { providerAccount },
  ActivateProviderAccount: { providerAccount },
  DeleteProviderAccount: { providerAccount, cascade: true },
  AddModels: { providerAccount, models: ['gpt-4'] },
  RemoveModels: { providerAccount, models: ['gpt-4'], cascade: true },
  SuspendModel: { providerAccount, model: 'gpt-4' },
  ActivateModel: { providerAccount, model: 'gpt-4' },
  GrantRole: { principal: team('acme-prod'), providerAccount, role, ...window },
  RevokeRole: { principal: team('acme-prod'), providerAccount, role },

  CreateModelAlias: { alias: 'gpt-4', description: 'Most capable', targets: [route('openai', 'gpt-4')] },
  UpdateModelAlias: { alias: 'gpt-4', description: null },
  SetModelAliasTargets: { alias: 'gpt-4', targets: [route('openai', 'gpt-4')] },
  DeprecateModelAlias: { alias: 'gpt-4', sunsetAt: noon + 1, successor: 'gpt-4-turbo' },
  RetireModelAlias: { alias: 'gpt-4', successor: null },
  ActivateModelAlias: { alias: 'gpt-4' },
  DeleteModelAlias: { alias: 'gpt-4', cascade: true },

  CreateAccessGroup: { accessGroup, description: 'OpenAI GPT models', members },
  UpdateAccessGroup: { accessGroup, description: null },
  AddAccessGroupMembers: { accessGroup, members },
  RemoveAccessGroupMembers: { accessGroup, members },
  SetAccessGroupMembers: { accessGroup, members },
  DeleteAccessGroup: { accessGroup },
  AssignAccessGroup: { accessGroup, principal: team('acme-prod'), ...window },
  UnassignAccessGroup: { accessGroup, principal: team('acme-prod') },
  SetAccessGroups: { principal: team('acme-prod'), accessGroups: [accessGroup] },

  RequestAccess: {
    request: 'ask-1',
    subject: { type: 'member', team: 'acme-prod', user: 'ann' },
    wanted: { type: 'accessGroup', id: accessGroup },
    reason: 'a demo',
    duration: 7_200_000,
    expiresAt: noon + 1,
  },
  ApproveAccess: { request: 'ask-1', accessGroup, duration: 60_000, note: 'for the demo' },
  DenyAccess: { request: 'ask-1', note: 'not now' },
  WithdrawRequest: { request: 'ask-1' },

  CreateRestriction: {
    restriction: 'no-gpt-4',
    subject: { type: 'organization', id: organization },
    selector: alias('gpt-4'),
    ...window,
    note: 'too costly',
  },
  DeleteRestriction: { restriction: 'no-gpt-4' },

  CreatePlan: { plan: 'starter', name: 'Starter Plan', accessGroups: [accessGroup], credits: { amount: '1000' } },
  UpdatePlan: { plan: 'starter', name: null, accessGroups: [], credits: { amount: '1000', period } },
  DeletePlan: { plan: 'starter', cascade: true },
  AllocateCredits: { principal: team('acme-prod'), amount: '10000', expiresAt: noon + 1 },
}

/** A type of command with a sample, the names of all fields, and the names of the required fields. */
export interface CommandType {
  readonly type: Command['type']
  readonly sample: Readonly<Record<string, unknown>>
  readonly fields: readonly string[]
  readonly required: readonly string[]
}

/** Every type of command, derived from the command schemas. */
export const everyCommand: readonly CommandType[] = Command.options.map((option) => {
  const shape: Readonly<Record<string, z.ZodType>> = option.shape
  const type = option.shape.type.value
  const fields = Object.keys(shape)
  return {
    type,
    sample: { type, actor: { type: 'system' }, at: noon, ...samples[type] },
    fields,
    required: fields.filter((field) => shape[field]?.safeParse(undefined).success === false),
  }
})
