import type { Actor } from 'portcullis'
import type { CommandBody } from 'portcullis/engine'
import { earlier, today } from './day.ts'
import { digestOf } from './secret.ts'
import { type Step, steps, system, user } from './step.ts'

type Issue = Extract<CommandBody, { readonly type: 'IssueCredential' }>

/** Returns a command that issues a credential. The digest is that of a secret derived from the credential's id. */
export function issue(
  credential: string,
  owner: Issue['owner'],
  more: Pick<Issue, 'team' | 'scope' | 'expiresAt'> = {},
): Issue {
  return { type: 'IssueCredential', credential, owner, digest: digestOf(credential), ...more }
}

const list = (...accessGroups: readonly string[]) => ({ type: 'list', accessGroups }) as const
const team = (id: string) => ({ type: 'team', id }) as const
const join = (id: string, ...users: readonly string[]): CommandBody[] =>
  users.map((member) => ({ type: 'AddTeamMember', team: id, user: member }))
const token = (id: string, more?: Parameters<typeof issue>[2]): Step[] =>
  steps(earlier, user(id), issue(`pat-${id}`, { type: 'user', id }, more))

const olivia: Actor = user('olivia')

/** Creates the platform's administrator. */
export function administration(): Step[] {
  return [
    ...steps(earlier, system, { type: 'CreateUser', user: 'olivia', name: 'Olivia, administrator' }),
    ...steps(earlier, system, { type: 'AddAdministrator', administrator: { type: 'user', id: 'olivia' } }),
  ]
}

/** Creates the organizations, teams, virtual account and users. */
export function cast(): Step[] {
  const people = ['ivan', 'grace', 'alice', 'bob', 'carol', 'chen', 'dmitri', 'frank', 'tom', 'tara', 'kim', 'lars']
  const acme = list(
    ...['gpt-models', 'claude-models', 'gemini-models', 'current-models', 'experimental-models', 'acme-custom'],
    ...['basic-models', 'pro-models', 'enterprise-models'],
  )
  return [
    ...steps(
      earlier,
      olivia,
      ...people.map((id) => ({ type: 'CreateUser', user: id }) as const),
      { type: 'CreateOrganization', organization: 'org_acme', name: 'ACME Corp', entitlement: acme },
      { type: 'CreateOrganization', organization: 'org_techco', entitlement: list('gpt-models', 'basic-models') },
      { type: 'CreateOrganization', organization: 'org_client', entitlement: { type: 'unlimited' } },
      { type: 'AddOrganizationAdmin', organization: 'org_acme', admin: { type: 'user', id: 'grace' } },
      { type: 'AddOrganizationAdmin', organization: 'org_acme', admin: { type: 'user', id: 'alice' } },
    ),
    ...teams(),
    ...roles(),
    ...virtualAccount(),
    ...credentials(),
  ]
}

function teams(): Step[] {
  const create = { type: 'CreateTeam', organization: 'org_acme' } as const
  return steps(
    earlier,
    olivia,
    {
      ...create,
      team: 'acme-prod',
      name: 'Production',
      accessGroups: ['gpt-models', 'claude-models'],
      credits: '1000',
    },
    { type: 'AssignAccessGroup', accessGroup: 'acme-custom', principal: team('acme-prod') },
    { ...create, team: 'acme-dev', name: 'Development', accessGroups: ['current-models'], credits: '100' },
    {
      type: 'CreateTeam',
      team: 'techco-dev',
      organization: 'org_techco',
      plan: 'starter',
      accessGroups: ['gpt-models'],
    },
    {
      type: 'CreateTeam',
      team: 'client-staging',
      organization: 'org_client',
      accessGroups: ['gpt-models'],
      credits: '3',
    },
    ...['acme-prod alice', 'acme-dev carol', 'techco-dev tom', 'client-staging kim'].map((pair): CommandBody => {
      const [id = '', manager = ''] = pair.split(' ')
      return { type: 'AddTeamMember', team: id, user: manager, role: 'manager' }
    }),
    ...join('acme-prod', 'bob', 'chen'),
    ...join('acme-dev', 'bob', 'dmitri', 'frank'),
    ...join('techco-dev', 'tara', 'frank'),
    ...join('client-staging', 'lars'),
  )
}

/** Grants roles on provider accounts. Ivan manages one account and grants its use; he cannot change others. */
function roles(): Step[] {
  const use = { type: 'GrantRole', role: 'user' } as const
  return [
    ...steps(
      earlier,
      olivia,
      { type: 'GrantRole', principal: { type: 'user', id: 'ivan' }, providerAccount: 'anthropic', role: 'manager' },
      { ...use, principal: team('techco-dev'), providerAccount: 'github-copilot' },
      { ...use, principal: team('techco-dev'), providerAccount: 'zai' },
    ),
    ...steps(earlier, user('ivan'), { ...use, principal: { type: 'user', id: 'carol' }, providerAccount: 'anthropic' }),
  ]
}

/** Grace creates the virtual account of ACME's support bot. The organization owns it, not Grace. */
function virtualAccount(): Step[] {
  const bot = { type: 'virtualAccount', id: 'acme-chatbot' } as const
  return [
    ...steps(
      earlier,
      user('grace'),
      {
        type: 'CreateVirtualAccount',
        virtualAccount: bot.id,
        organization: 'org_acme',
        accessGroups: ['basic-models'],
      },
      issue('va-acme-chatbot', bot),
    ),
    ...steps(
      earlier,
      olivia,
      { type: 'UpdateVirtualAccount', virtualAccount: bot.id, metered: true },
      { type: 'AllocateCredits', principal: bot, amount: '250' },
    ),
    ...steps(earlier, user('ivan'), { type: 'GrantRole', principal: bot, providerAccount: 'anthropic', role: 'user' }),
  ]
}

/** Managers issue the virtual keys of their teams; users issue their own personal access tokens. */
function credentials(): Step[] {
  const cheap = { type: 'list', selectors: [{ type: 'alias', alias: 'gpt-3.5-turbo' }] } as const
  return [
    ...steps(
      earlier,
      user('alice'),
      issue('vk-acme-prod', team('acme-prod')),
      issue('vk-acme-batch', team('acme-prod'), { scope: cheap }),
    ),
    ...steps(earlier, user('carol'), issue('vk-acme-dev', team('acme-dev'))),
    ...steps(earlier, user('tom'), issue('vk-techco-dev', team('techco-dev'))),
    ...steps(earlier, user('kim'), issue('vk-client-staging', team('client-staging'))),
    ...['grace', 'alice', 'bob', 'carol', 'dmitri', 'frank', 'tom', 'kim'].flatMap((id) => token(id)),
    ...token('chen', { team: 'acme-prod' }),
    ...token('tara', { team: 'techco-dev' }),
    ...token('lars', { expiresAt: today('16:00') }),
    ...steps(earlier, user('bob'), { type: 'SetDefaultTeam', user: 'bob', team: 'acme-dev' }),
  ]
}
