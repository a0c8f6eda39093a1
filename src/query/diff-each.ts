import type { Instant } from '../model/instant.ts'
import type { Scope } from '../model/selector.ts'
import type { State } from '../model/state.ts'
import { find } from '../model/table.ts'
import { isDenied } from '../policy/deny.ts'
import { type Asking, findAsking } from '../policy/judge.ts'
import { momentOf } from '../policy/moment.ts'
import type { UseRequest } from '../policy/request.ts'
import { type Access, findAccess, isAccess } from './access.ts'
import { compareAccess, type ModelName, type Subject, type SubjectChange } from './diff-change.ts'
import { byCodeUnits, type Suspect, Suspects } from './suspect.ts'
import { suspectCatalogue } from './suspect-catalogue.ts'
import { isAlias, NameFinder, type NameSet, type Pair, statesOf } from './suspect-name.ts'
import { suspectPrincipals } from './suspect-rows.ts'

/**
 * Everything that differs in who may use what between two states at one instant, one subject and one model at a time: by
 * subject (teams, virtual accounts, users, credentials), then by name. Judged as it is asked for, so whoever has seen
 * enough may stop. Costs what changed and whom it concerns.
 *
 * The subjects are every team by its key, every virtual account, every user with no team named and with each of its
 * teams, and the credentials whose own rows differ: what other credentials reach follows from their owners.
 */
export function* eachChange(before: State, after: State, at: Instant): IterableIterator<SubjectChange> {
  const pair = { before, after, at }
  const suspects = new Suspects(pair, new NameFinder(pair))
  suspectPrincipals(pair, suspects)
  suspectCatalogue(pair, suspects)
  for (const suspect of suspects.all()) yield* changesOf(suspect, pair, suspects)
}

/** A name to judge: what is written in a request, and what it is in the result. */
interface Question {
  readonly name: string
  readonly model: ModelName
}

function* changesOf({ subject, parts }: Suspect, pair: Pair, suspects: Suspects): IterableIterator<SubjectChange> {
  const askings = [findAsker(subject, pair.before, pair.at), findAsker(subject, pair.after, pair.at)] as const
  const [before, after] = askings
  if (before === undefined && after === undefined) return
  const { finder } = suspects
  const scopes = scopesOf(subject, pair)
  const names =
    parts === undefined ? uniteParts(finder.ofBearer(askings, scopes)) : namesToJudge(subject, parts, suspects)
  const questions = questionsOf(names, pair, (account) => finder.unnamedOn(account, scopes))
  // One state after the other: what is remembered of a row is remembered for one state.
  const had = questions.map(({ name }) => findOne(before, name, pair.before, pair.at))
  const has = questions.map(({ name }) => findOne(after, name, pair.after, pair.at))
  for (const [i, { name, model }] of questions.entries()) {
    const change = compareAccess(model, had[i], has[i], () => requestOf(subject, name, pair.at))
    if (change !== undefined) yield { subject, change }
  }
}

function findAsker(subject: Subject, state: State, at: Instant): Asking | undefined {
  const { type, id } = subject
  const team = subject.type === 'user' ? subject.team : undefined
  const asking = findAsking({ type, id }, team, state, momentOf(at))
  return isDenied(asking) ? undefined : asking
}

function scopesOf({ type, id }: Subject, pair: Pair): readonly Scope[] {
  if (type !== 'credential') return []
  const rows = statesOf(pair).map(({ credentials }) => find(credentials, id))
  return rows.filter((row) => row !== undefined).map(({ scope }) => scope)
}

function findOne(asking: Asking | undefined, name: string, state: State, at: Instant): Access | undefined {
  if (asking === undefined) return undefined
  const found = findAccess(asking, name, state, momentOf(at))
  return isAccess(found) ? found : undefined
}

function requestOf(subject: Subject, model: string, at: Instant): UseRequest {
  const { type, id } = subject
  const request = { type: 'use', who: { type, id }, model, at } as const
  return subject.type === 'user' && subject.team !== undefined ? { ...request, team: subject.team } : request
}

/** Names in order, then open accounts in order, each by a model that stands for all that nothing speaks of. */
function questionsOf(
  { names, openAccounts }: NameSet,
  pair: Pair,
  unnamedOn: (account: string) => string,
): readonly Question[] {
  const named = [...names].sort(byCodeUnits).map((name): Question => {
    return { name, model: { type: isAlias(name, pair) ? 'alias' : 'model', name } }
  })
  const open = [...openAccounts].sort(byCodeUnits).map((providerAccount): Question => {
    return { name: `${providerAccount}/${unnamedOn(providerAccount)}`, model: { type: 'openAccount', providerAccount } }
  })
  return [...named, ...open]
}

/** A set of this size is judged as it is; of a longer one, only what the subject holds. */
const fewNames = 32

/** The suspected names that the subject may have access to: of a long list, those that its principals hold. */
function namesToJudge(subject: Subject, parts: ReadonlySet<NameSet>, suspects: Suspects): NameSet {
  const long = [...parts].filter(({ names }) => names.size > fewNames)
  if (long.length === 0) return uniteParts([...parts])
  const held = new Set(heldBy(subject, suspects))
  if (long.every((part) => held.has(part))) return uniteParts([...parts])
  const all = uniteParts([...held])
  return uniteParts(
    [...parts].map((part) =>
      held.has(part) || part.names.size <= fewNames
        ? part
        : { names: new Set([...part.names].filter((name) => all.names.has(name))), openAccounts: part.openAccounts },
    ),
  )
}

/** Everything that the principals behind a subject hold. */
function heldBy(subject: Subject, suspects: Suspects): readonly NameSet[] {
  const { finder } = suspects
  if (subject.type === 'credential') return []
  const own = finder.ofPrincipal(subject.type, subject.id)
  if (subject.type !== 'user') return own
  const teams = subject.team === undefined ? suspects.teamsOf(subject.id) : [subject.team]
  return [...own, ...[...teams].flatMap((team) => finder.ofPrincipal('team', team))]
}

function uniteParts(parts: readonly NameSet[]): NameSet {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const [names, openAccounts] = [new Set<string>(), new Set<string>()]
  for (const part of parts) {
    for (const name of part.names) names.add(name)
    for (const account of part.openAccounts) openAccounts.add(account)
  }
  return { names, openAccounts }
}
