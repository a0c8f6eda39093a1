import { isSame } from '../../change/rule/row.ts'
import { quote } from '../../model/value/quote.ts'
import type { Reach } from '../../policy/decision/decision.ts'
import { formatReach, formatThing } from '../../policy/decision/format-decision.ts'
import { describeOperations, nameOf, powerNames } from '../phrase.ts'
import type { AccessDiff, Direction } from './diff-access.ts'
import type { ModelChange, ModelKept } from './diff-change.ts'
import type { Changes, TeamDiff, UserDiff } from './diff-group.ts'
import type { OperationsChange } from './diff-operation.ts'
import { listed, modelOf, payersOf, phraseOf, plural, singular, textKeyOf, type Wording } from './diff-phrase.ts'
import type { PowerChange } from './diff-power.ts'

/**
 * Formats a diff for the operator: one line for each subject or group of users. Teams come first, each team with its
 * members.
 */
export function formatDiff(diff: AccessDiff): string {
  const { before, after } = diff.version
  const payers = diff.otherPayer ? `${diff.direction === 'same' ? ', and' : ','} some calls have another payer` : ''
  return [`${directions[diff.direction]}${payers} (version ${before} to ${after})`, ...linesOfDiff(diff)].join('\n')
}

const directions: Readonly<Record<Direction, string>> = {
  same: 'no access is gained or lost',
  wider: 'access becomes wider',
  narrower: 'access becomes narrower',
  both: 'some access is gained and some is lost',
}

/** Returns the lines of a formatted diff that follow the heading. */
function linesOfDiff({
  teams,
  users,
  virtualAccounts,
  credentials,
  powers,
  operations,
}: AccessDiff): readonly string[] {
  return [
    ...teams.flatMap(linesOfTeam),
    ...users.flatMap(linesOfUsers),
    ...virtualAccounts.flatMap(({ id, ...own }) => linesOf(`virtual account ${quote(id)}`, singular, own)),
    ...credentials.flatMap(({ id, ...own }) => linesOf(`the bearer of credential ${quote(id)}`, singular, own)),
    ...powers.map(lineOfPower),
    ...operations.map(lineOfOperations),
  ]
}

function lineOfOperations({ credential, before, after }: OperationsChange): string {
  return `credential ${quote(credential)} is now for the operations ${describeOperations(after)}, before for ${describeOperations(before)}`
}

/**
 * Returns the lines of a team. The first line covers the team and the members with the same changes; lines for other
 * members follow.
 */
function linesOfTeam({ team, changes, kept, members }: TeamDiff): readonly string[] {
  const own = phraseOf(changes, singular)
  const isLikeTeam = (group: Changes): boolean => own !== '' && isSameText(group.changes, changes)
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

/** Whether two lists of changes would be formatted alike: the same models with the same effects, routes and payers. */
function isSameText(a: readonly ModelChange[], b: readonly ModelChange[]): boolean {
  return a.length === b.length && a.every((change, i) => isSameChangeText(change, b[i]))
}

function isSameChangeText(change: ModelChange, other: ModelChange | undefined): boolean {
  return other !== undefined && isSame(change.model, other.model) && textKeyOf(change) === textKeyOf(other)
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
  return [...(phrase === '' ? [] : [`${who} ${phrase}`]), ...kept.map((model) => keptLine(who, wording.kept, model))]
}

function keptLine(who: string, verb: string, { model, reach, gainedReach, lostReach, payer }: ModelKept): string {
  const remaining = reach.filter((path) => !gainedReach.includes(path))
  const parts = [
    ...(remaining.length === 0 ? [] : [`by ${pathsOf(remaining)}`]),
    ...(lostReach.length === 0 ? [] : [`no longer by ${pathsOf(lostReach)}`]),
    ...(gainedReach.length === 0 ? [] : [`now ${remaining.length === 0 ? '' : 'also '}by ${pathsOf(gainedReach)}`]),
    ...payersOf(payer),
  ]
  return `${who} ${verb} ${modelOf(model)} ${parts.join(', ')}`
}

const pathsOf = (reach: readonly Reach[]): string => listed(reach.map(formatReach))

function lineOfPower({ agent, thing, effect, power }: PowerChange): string {
  return `${nameOf(agent)} ${singular[effect]} the power to manage ${formatThing(thing)}, as ${powerNames[power]}`
}
