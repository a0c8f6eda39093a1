import { isSame } from '../../change/rule/row.ts'
import { quote } from '../../model/value/quote.ts'
import type { Reach } from '../../policy/decision/decision.ts'
import { formatReach } from '../../policy/decision/format-decision.ts'
import type { Thing } from '../../policy/request/request.ts'
import type { AccessPayer } from '../access.ts'
import type { AccessDiff, Direction } from './diff-access.ts'
import type { ModelChange, ModelKept, ModelName } from './diff-change.ts'
import type { Changes, TeamDiff, UserDiff } from './diff-group.ts'
import type { PowerChange } from './diff-power.ts'

/** The operator's rendering of a difference: a line for whoever it concerns, teams first, each with its members. */
export function formatDiff(diff: AccessDiff): string {
  const { before, after } = diff.version
  return [`${directions[diff.direction]} (version ${before} to ${after})`, ...linesOfDiff(diff)].join('\n')
}

const directions: Readonly<Record<Direction, string>> = {
  same: 'nobody gains or loses access',
  wider: 'access becomes wider',
  narrower: 'access becomes narrower',
  both: 'some access is gained and some is lost',
}

/** What a difference comes to, a line for whoever it concerns. */
function linesOfDiff({ teams, users, virtualAccounts, credentials, powers }: AccessDiff): readonly string[] {
  return [
    ...teams.flatMap(linesOfTeam),
    ...users.flatMap(linesOfUsers),
    ...virtualAccounts.flatMap(({ id, ...own }) => linesOf(`virtual account ${quote(id)}`, one, own)),
    ...credentials.flatMap(({ id, ...own }) => linesOf(`the bearer of credential ${quote(id)}`, one, own)),
    ...powers.map(lineOfPower),
  ]
}

/** The words that differ between one and several. */
interface Number {
  readonly effects: Readonly<Record<ModelChange['effect'], string>>
  readonly keeps: string
}

const one: Number = {
  effects: {
    gained: 'gains',
    lost: 'loses',
    wider: 'has more routes to',
    narrower: 'has fewer routes to',
    rerouted: 'has other routes to',
  },
  keeps: 'keeps',
}

const several: Number = {
  effects: {
    gained: 'gain',
    lost: 'lose',
    wider: 'have more routes to',
    narrower: 'have fewer routes to',
    rerouted: 'have other routes to',
  },
  keeps: 'keep',
}

/** A team, those of its members to whom the same happens beside it, then the others. */
function linesOfTeam({ team, changes, kept, members }: TeamDiff): readonly string[] {
  const own = phraseOf(changes, one)
  const goesAlong = (group: Changes): boolean => own !== '' && areAlike(group.changes, changes)
  const along = members.filter(goesAlong).flatMap(({ users }) => users)
  const count = along.length === 1 ? 'a member' : `${along.length} of its members`
  const withIt = along.length === 0 ? '' : `, and with it ${count}: ${listed(along.toSorted().map(quote))}`
  const name = `team ${quote(team)}`
  return [
    ...(own === '' ? [] : [`${name} ${own}${withIt}`]),
    ...kept.map((one) => keptLine(name, 'keeps', one)),
    ...members.flatMap((group) => {
      const who = `${usersOf(group.users)} in the name of ${name}`
      const number = group.users.length === 1 ? one : several
      // What the members of a team keep by the team's paths is said with the team.
      const otherwise = group.kept.filter((its) => !kept.some((teams) => isSaid(its, teams)))
      return linesOf(who, number, { changes: goesAlong(group) ? [] : group.changes, kept: otherwise })
    }),
  ]
}

/** Whether the same models are gained and lost, whatever the paths and routes. */
function areAlike(a: readonly ModelChange[], b: readonly ModelChange[]): boolean {
  return a.length === b.length && a.every((change, i) => isAlike(change, b[i]))
}

function isAlike({ effect, model }: ModelChange, other: ModelChange | undefined): boolean {
  return effect === other?.effect && isSame(model, other.model)
}

function isSaid(its: ModelKept, said: ModelKept): boolean {
  return keptLine('', '', its) === keptLine('', '', said)
}

function linesOfUsers({ users, teams, ...own }: UserDiff): readonly string[] {
  const inTeams = teams.length === 0 ? '' : ` of ${teams.length === 1 ? 'team' : 'teams'} ${listed(teams.map(quote))}`
  return linesOf(`${usersOf(users)}${inTeams}, naming no team,`, users.length === 1 ? one : several, own)
}

const usersOf = (users: readonly string[]): string =>
  `${users.length === 1 ? 'user' : 'users'} ${listed(users.map(quote))}`

function linesOf(who: string, number: Number, { changes, kept }: Changes): readonly string[] {
  const phrase = phraseOf(changes, number)
  return [...(phrase === '' ? [] : [`${who} ${phrase}`]), ...kept.map((its) => keptLine(who, number.keeps, its))]
}

const effects = ['lost', 'narrower', 'rerouted', 'wider', 'gained'] as const

/** Everything that was gained and lost, losses first; empty when nothing was. */
function phraseOf(changes: readonly ModelChange[], number: Number): string {
  const phrases = effects.map((effect) => {
    const models = changes.filter((change) => change.effect === effect).map(({ model }) => nameOf(model))
    return models.length === 0 ? '' : `${number.effects[effect]} ${listed(models)}`
  })
  return phrases.filter((phrase) => phrase !== '').join('; ')
}

function keptLine(who: string, keeps: string, { model, reach, gainedReach, lostReach, payer }: ModelKept): string {
  const still = reach.filter((path) => !gainedReach.includes(path))
  const parts = [
    ...(still.length === 0 ? [] : [`by ${pathsOf(still)}`]),
    ...(lostReach.length === 0 ? [] : [`no more by ${pathsOf(lostReach)}`]),
    ...(gainedReach.length === 0 ? [] : [`now ${still.length === 0 ? '' : 'also '}by ${pathsOf(gainedReach)}`]),
    ...(payer === undefined ? [] : [`${payerOf(payer.after)} instead of ${payerOf(payer.before)}`]),
  ]
  return `${who} ${keeps} ${nameOf(model)} ${parts.join(', ')}`
}

const pathsOf = (reach: readonly Reach[]): string => listed(reach.map(formatReach))

function payerOf(payer: AccessPayer): string {
  if (payer.type === 'nobody') return 'free of charge'
  if (payer.type === 'ambiguous') return `to be paid by whichever of teams ${listed(payer.teams.map(quote))} it names`
  const { type, id } = payer.wallet
  return `paid by ${type === 'virtualAccount' ? 'virtual account' : type} ${quote(id)}`
}

const nameOf = (model: ModelName): string =>
  model.type === 'openAccount'
    ? `every other model of provider account ${quote(model.providerAccount)}`
    : quote(model.name)

function lineOfPower({ agent, thing, effect, power }: PowerChange): string {
  const who = `${agent.type === 'user' ? 'user' : 'virtual account'} ${quote(agent.id)}`
  return `${who} ${one.effects[effect]} the power to manage ${thingOf(thing)}, as ${powers[power]}`
}

const powers: Readonly<Record<PowerChange['power'], string>> = {
  administrator: 'an administrator',
  organizationAdmin: 'an organization admin',
  providerAccountManager: 'a provider account manager',
  teamManager: 'a team manager',
  self: 'the user itself',
}

const things = {
  organization: 'organization',
  team: 'team',
  teamMembers: 'the members of team',
  virtualAccount: 'virtual account',
  providerAccount: 'provider account',
  userTokens: 'the tokens of user',
} as const

const thingOf = (thing: Thing): string =>
  thing.type === 'platform' ? 'the platform' : `${things[thing.type]} ${quote(thing.id)}`

/** The most names that a line lists. */
const listLimit = 12

function listed(names: readonly string[]): string {
  if (names.length <= listLimit) return names.join(', ')
  return `${names.slice(0, listLimit).join(', ')} and ${names.length - listLimit} more`
}
