/** Finds unused and redundant grants with `lint`, and applies the commands that clean them up. */
import { apply, type Command, emptyState, type State } from 'portcullis'
import { lint, type Usage } from 'portcullis/query'

const noon = Date.parse('2024-10-14T12:00:00Z')
const day = 86_400_000
const heading = { actor: { type: 'system' }, at: noon } as const
const prod = { type: 'team', id: 'acme-prod' } as const
const alias = (name: string) => ({ type: 'alias', alias: name }) as const

const commands: Command[] = [
  {
    ...heading,
    type: 'CreateProviderAccount',
    providerAccount: 'openai',
    models: ['gpt-3.5-turbo', 'gpt-4', 'gpt-4o'],
  },
  ...['gpt-3.5-turbo', 'gpt-4', 'gpt-4o'].map((model): Command => {
    return { ...heading, type: 'CreateModelAlias', alias: model, targets: [{ providerAccount: 'openai', model }] }
  }),
  { ...heading, type: 'CreateAccessGroup', accessGroup: 'fast-models', members: [alias('gpt-3.5-turbo')] },
  {
    ...heading,
    type: 'CreateAccessGroup',
    accessGroup: 'gpt-models',
    members: [alias('gpt-3.5-turbo'), alias('gpt-4')],
  },
  { ...heading, type: 'CreateAccessGroup', accessGroup: 'preview-models', members: [alias('gpt-4o')] },
  { ...heading, type: 'CreateOrganization', organization: 'org_acme', entitlement: { type: 'unlimited' } },
  {
    ...heading,
    type: 'CreateTeam',
    organization: 'org_acme',
    team: 'acme-prod',
    accessGroups: ['gpt-models', 'fast-models'],
    credits: '1000',
  },
  { ...heading, type: 'AssignAccessGroup', accessGroup: 'preview-models', principal: prod, expiresAt: noon + day },
]

function run(state: State, command: Command): State {
  const applied = apply(command, state)
  if (!applied.ok) throw new Error(applied.rejection.message)
  return applied.state
}

/** Prints the first finding that has a fix, applies the fix, and repeats until no such finding is left. */
function tidy(state: State, at: number, usage?: Usage): State {
  const found = lint(state, usage === undefined ? { at } : { at, usage })
  if (!found.ok) throw new Error(found.fault.message)
  const next = found.findings.find(({ fix }) => fix !== undefined)
  if (next === undefined) return state
  console.log(`${next.severity} ${next.code}: ${next.message}`)
  console.log(`  ${next.fix?.map(({ type }) => type).join(', ')}`)
  return tidy((next.fix ?? []).reduce(run, state), at, usage)
}

const at = noon + 100 * day
const tidied = tidy(commands.reduce(run, emptyState), at)

// Usage from a log of calls: gpt-4 is used, and gpt-4o is refused. Equal calls are counted in one entry.
const lately = at - day
const usage: Usage = {
  since: noon,
  entries: [
    { who: prod, model: 'gpt-4', at: lately, effect: 'allow', count: 5000 },
    { who: prod, model: 'gpt-4o', at: lately, effect: 'deny', reason: 'model_not_granted', count: 12 },
  ],
}
const rollout: readonly Command[] = [
  { ...heading, type: 'CreateAccessGroup', accessGroup: 'omni-models', members: [alias('gpt-4o')] },
  { ...heading, type: 'CreatePlan', plan: 'professional', accessGroups: ['omni-models'] },
]
tidy(rollout.reduce(run, tidied), at, usage)
