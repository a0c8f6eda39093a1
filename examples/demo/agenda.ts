import { issue } from './cast.ts'
import { today } from './day.ts'
import { named, target } from './offer.ts'
import { mistake, type Step, steps, user } from './step.ts'

const team = (id: string) => ({ type: 'team', id }) as const
const olivia = user('olivia')

/** The instants of the day that the report refers to. */
export const moments = {
  survey: today('09:45'),
  upgrade: today('11:00'),
  grant: today('12:30'),
  trialStart: today('13:00'),
  trialEnd: today('15:00'),
  departure: today('15:10'),
  deletion: today('16:30'),
} as const

/** Returns every command of the day in order of time, including the mistakes that must be rejected. */
export function agenda(): Step[] {
  const all = [...onboarding(), ...upkeep(), ...trial(), ...incidents(), ...tidying()]
  return all.sort((a, b) => a.at - b.at)
}

/**
 * Onboards a client: creates an organization, a team, a user and a credential. Later upgrades the team to more models
 * and credits.
 */
function onboarding(): Step[] {
  const morning = today('08:00')
  return [
    mistake(morning, olivia, 'command_invalid', {
      type: 'CreateAccessGroup',
      accessGroup: 'Starter Models',
      members: named('gpt-3.5-turbo', 'claude-3-haiku'),
    }),
    ...steps(
      morning,
      olivia,
      {
        type: 'CreateAccessGroup',
        accessGroup: 'starter-models',
        description: 'Starter tier models',
        members: named('gpt-3.5-turbo', 'claude-3-haiku'),
      },
      {
        type: 'CreateOrganization',
        organization: 'org_newclient',
        name: 'New Client Inc',
        entitlement: { type: 'list', accessGroups: ['starter-models', 'pro-models'] },
      },
      {
        type: 'CreateTeam',
        organization: 'org_newclient',
        team: 'newclient-prod',
        name: 'Production',
        accessGroups: ['starter-models'],
        credits: '1000',
      },
      { type: 'CreateUser', user: 'nina' },
      { type: 'AddTeamMember', team: 'newclient-prod', user: 'nina', role: 'manager' },
    ),
    ...steps(today('08:05'), user('nina'), issue('vk-newclient-prod', team('newclient-prod'))),
    ...steps(
      moments.upgrade,
      olivia,
      {
        type: 'SetAccessGroups',
        principal: team('newclient-prod'),
        accessGroups: ['starter-models', 'pro-models'],
      },
      { type: 'AllocateCredits', principal: team('newclient-prod'), amount: '5000' },
    ),
  ]
}

/**
 * Adds an alias to a group, and changes a provider account as its manager. Both include a command that must be
 * rejected.
 */
function upkeep(): Step[] {
  const vision = named('gpt-4-vision')
  const old = 'claude-3-5-sonnet-20240620'
  return [
    mistake(today('09:28'), olivia, 'model_alias_unknown', {
      type: 'AddAccessGroupMembers',
      accessGroup: 'gpt-models',
      members: vision,
    }),
    ...steps(
      today('09:30'),
      olivia,
      { type: 'CreateModelAlias', alias: 'gpt-4-vision', targets: [target('azure/gpt-4-turbo-vision')] },
      { type: 'AddAccessGroupMembers', accessGroup: 'gpt-models', members: vision },
    ),
    ...steps(today('10:00'), user('ivan'), { type: 'RemoveModels', providerAccount: 'anthropic', models: [old] }),
    mistake(today('10:02'), user('ivan'), 'model_referenced', {
      type: 'RemoveModels',
      providerAccount: 'anthropic',
      models: ['claude-3-opus-20240229'],
    }),
    mistake(today('10:04'), user('ivan'), 'management_not_granted', {
      type: 'GrantRole',
      principal: user('tom'),
      providerAccount: 'openai',
      role: 'user',
    }),
  ]
}

/** Grants the experimental models for two hours. The grant ends by itself. */
function trial(): Step[] {
  return steps(moments.grant, user('alice'), {
    type: 'AssignAccessGroup',
    accessGroup: 'experimental-models',
    principal: team('acme-dev'),
    startsAt: moments.trialStart,
    expiresAt: moments.trialEnd,
  })
}

/** The incidents of the day and the commands that resolve them. */
function incidents(): Step[] {
  return [
    ...steps(today('10:30'), olivia, { type: 'SuspendProviderAccount', providerAccount: 'google' }),
    ...steps(today('10:50'), olivia, { type: 'ActivateProviderAccount', providerAccount: 'google' }),
    ...steps(
      today('13:15'),
      user('bob'),
      { type: 'RevokeCredential', credential: 'pat-bob' },
      issue('pat-bob-2', { type: 'user', id: 'bob' }),
    ),
    ...steps(today('13:30'), olivia, { type: 'SuspendTeam', team: 'techco-dev' }),
    ...steps(today('14:00'), olivia, { type: 'ActivateTeam', team: 'techco-dev' }),
    ...steps(today('14:10'), olivia, {
      type: 'CreateRestriction',
      restriction: 'opus-review',
      subject: { type: 'organization', id: 'org_acme' },
      selector: { type: 'alias', alias: 'claude-3-opus' },
      startsAt: today('14:15'),
      expiresAt: today('15:15'),
      note: 'under cost review',
    }),
    ...steps(today('15:45'), olivia, {
      type: 'AllocateCredits',
      principal: team('client-staging'),
      amount: '25',
    }),
  ]
}

/** Deletes a user who leaves, and replaces groups by plans. */
function tidying(): Step[] {
  return [
    ...steps(moments.departure, olivia, { type: 'DeleteUser', user: 'grace' }),
    ...steps(moments.deletion, olivia, { type: 'DeleteAccessGroup', accessGroup: 'gpt-models' }),
    ...steps(
      today('17:00'),
      olivia,
      { type: 'SetTeamPlan', team: 'acme-prod', plan: 'enterprise' },
      { type: 'SetTeamPlan', team: 'client-staging', plan: 'professional' },
    ),
  ]
}
