import { isSame } from '../../change/rule/row.ts'
import { quote } from '../../model/value/quote.ts'
import type { Reach } from '../../policy/decision/decision.ts'
import { formatReach, formatThing } from '../../policy/decision/format-decision.ts'
import type { AccessPayer } from '../access.ts'
import { describeOpenModels, listOf, nameOf, powerNames } from '../phrase.ts'
import type { AccessDiff, Direction } from './diff-access.ts'
import type { ModelChange, ModelKept, ModelName } from './diff-change.ts'
import type { Changes, TeamDiff, UserDiff } from './diff-group.ts'
import type { PowerChange } from './diff-power.ts'

/**
 * Formats a diff for the operator: one line for each subject or group of users. Teams come first, each team with its
 * members.
 */
export function formatDiff(diff: AccessDiff): string {
  const { before, after } = diff.version
  return [`${directions[diff.direction]} (version ${before} to ${after})`, ...linesOfDiff(diff)].join('\n')
}

const directions: Readonly<Record<Direction, string>> = {
  same: 'no access is gained or lost',
  wider: 'access becomes wider',
  narrower: 'access becomes narrower',
  both: 'some access is gained and some is lost',
}

/** The lines of a formatted diff after its heading. */
function linesOfDiff({ teams, users, virtualAccounts, credentials, powers }: AccessDiff): readonly string[] {
  return [
    ...teams.flatMap(linesOfTeam),
    ...users.flatMap(linesOfUsers),
    ...virtualAccounts.flatMap(({ id, ...own }) => linesOf(`virtual account ${quote(id)}`, singular, own)),
    ...credentials.flatMap(({ id, ...own }) => linesOf(`the bearer of credential ${quote(id)}`, singular, own)),
    ...powers.map(lineOfPower),
  ]
}

/** The verbs of a line, for one subject or for several subjects. */
interface Wording {
  readonly effects: Readonly<Record<ModelChange['effect'], string>>
  readonly keep: string
}

const singular: Wording = {
  effects: {
    gained: 'gains',
    lost: 'loses',
    wider: 'has more routes to',
    narrower: 'has fewer routes to',
    rerouted: 'has other routes to',
  },
  keep: 'keeps',
}

const plural: Wording = {
  effects: {
    gained: 'gain',
    lost: 'lose',
    wider: 'have more routes to',
    narrower: 'have fewer routes to',
    rerouted: 'have other routes to',
  },
  keep: 'keep',
}

/**
 * The lines of a team: one line for the team and the members with the same changes, then the lines of the other
 * members.
 */
function linesOfTeam({ team, changes, kept, members }: TeamDiff): readonly string[] {
  const own = phraseOf(changes, singular)
  const isLikeTeam = (group: Changes): boolean => own !== '' && haveSameEffects(group.changes, changes)
  const followers = members.filter(isLikeTeam).flatMap(({ users }) => users)
  const count = followers.length === 1 ? 'a member' : `${followers.length} of its members`
  const withIt = followers.length === 0 ? '' : `, and with it ${count}: ${listed(followers.toSorted().map(quote))}`
  const name = `team ${quote(team)}`
  return [
    ...(own === '' ? [] : [`${name} ${own}${withIt}`]),
    ...kept.map((model) => keptLine(name, 'keeps', model)),
    ...members.flatMap((group) => {
      const who = `${usersOf(group.users)} in the name of ${name}`
      const wording = group.users.length === 1 ? singular : plural
      // A model that the team keeps in the same way is listed with the team only.
      const kepts = group.kept.filter((own) => !kept.some((ofTeam) => isSameLine(own, ofTeam)))
      return linesOf(who, wording, { changes: isLikeTeam(group) ? [] : group.changes, kept: kepts })
    }),
  ]
}

/** Whether two lists of changes have the same effects on the same models. Paths and routes are ignored. */
function haveSameEffects(a: readonly ModelChange[], b: readonly ModelChange[]): boolean {
  return a.length === b.length && a.every((change, i) => hasSameEffect(change, b[i]))
}

function hasSameEffect({ effect, model }: ModelChange, other: ModelChange | undefined): boolean {
  return effect === other?.effect && isSame(model, other.model)
}

function isSameLine(a: ModelKept, b: ModelKept): boolean {
  return keptLine('', '', a) === keptLine('', '', b)
}

function linesOfUsers({ users, teams, ...own }: UserDiff): readonly string[] {
  const inTeams = teams.length === 0 ? '' : ` of ${teams.length === 1 ? 'team' : 'teams'} ${listed(teams.map(quote))}`
  return linesOf(`${usersOf(users)}${inTeams}, naming no team,`, users.length === 1 ? singular : plural, own)
}

const usersOf = (users: readonly string[]): string =>
  `${users.length === 1 ? 'user' : 'users'} ${listed(users.map(quote))}`

function linesOf(who: string, wording: Wording, { changes, kept }: Changes): readonly string[] {
  const phrase = phraseOf(changes, wording)
  return [...(phrase === '' ? [] : [`${who} ${phrase}`]), ...kept.map((model) => keptLine(who, wording.keep, model))]
}

const effects = ['lost', 'narrower', 'rerouted', 'wider', 'gained'] as const

/** Formats the effects of changes, losses first. Returns an empty string if there are no changes. */
function phraseOf(changes: readonly ModelChange[], wording: Wording): string {
  const phrases = effects.map((effect) => {
    const models = changes.filter((change) => change.effect === effect).map(({ model }) => modelOf(model))
    return models.length === 0 ? '' : `${wording.effects[effect]} ${listed(models)}`
  })
  return phrases.filter((phrase) => phrase !== '').join('; ')
}

function keptLine(who: string, verb: string, { model, reach, gainedReach, lostReach, payer }: ModelKept): string {
  const remaining = reach.filter((path) => !gainedReach.includes(path))
  const parts = [
    ...(remaining.length === 0 ? [] : [`by ${pathsOf(remaining)}`]),
    ...(lostReach.length === 0 ? [] : [`no longer by ${pathsOf(lostReach)}`]),
    ...(gainedReach.length === 0 ? [] : [`now ${remaining.length === 0 ? '' : 'also '}by ${pathsOf(gainedReach)}`]),
    ...(payer === undefined ? [] : [`${payerOf(payer.after)} instead of ${payerOf(payer.before)}`]),
  ]
  return `${who} ${verb} ${modelOf(model)} ${parts.join(', ')}`
}

const pathsOf = (reach: readonly Reach[]): string => listed(reach.map(formatReach))

function payerOf(payer: AccessPayer): string {
  if (payer.type === 'none') return 'free of charge'
  if (payer.type === 'ambiguous') return `paid by the named team (${payer.teams.map(quote).join(' or ')})`
  return `paid by ${nameOf(payer.wallet)}`
}

const modelOf = (model: ModelName): string =>
  model.type === 'openAccount' ? describeOpenModels(model) : quote(model.name)

function lineOfPower({ agent, thing, effect, power }: PowerChange): string {
  return `${nameOf(agent)} ${singular.effects[effect]} the power to manage ${formatThing(thing)}, as ${powerNames[power]}`
}

/** Joins the first 12 names, and adds the number of omitted names. */
const listed = (names: readonly string[]): string => listOf(names, 12)
