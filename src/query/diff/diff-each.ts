import type { State } from '../../model/state/state.ts'
import { findRow } from '../../model/table/table.ts'
import type { Instant } from '../../model/value/instant.ts'
import type { Scope } from '../../model/value/selector.ts'
import { type Asking, findAsking } from '../../policy/context/caller.ts'
import { isDenied } from '../../policy/decision/deny.ts'
import { evaluationTimeOf } from '../../policy/evaluation-time.ts'
import type { UseRequest } from '../../policy/request/request.ts'
import { type Access, accessTo } from '../access.ts'
import { affectedByCatalogue } from './affected-by-catalogue.ts'
import { isAlias, NameFinder, type NameSet, type Pair, statesOf } from './affected-names.ts'
import { affectedPrincipals } from './affected-rows.ts'
import { AffectedSubjects, byCodeUnits } from './affected-subjects.ts'
import {
  compareAccess,
  type ModelChange,
  type ModelKept,
  type ModelName,
  type Subject,
  type SubjectChange,
} from './diff-change.ts'
import { EquivalentUsers } from './equivalent-users.ts'

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
  const suspects = new AffectedSubjects(pair, new NameFinder(pair))
  affectedPrincipals(pair, suspects)
  affectedByCatalogue(pair, suspects)
  const alike = new EquivalentUsers<readonly Answer[]>(pair)
  for (const { subject, parts } of suspects.all()) {
    const names = (askings: Askings): NameSet =>
      parts === undefined
        ? uniteParts(suspects.finder.ofBearer(askings, scopesOf(subject, pair)))
        : namesToJudge(subject, parts, suspects)
    const judge = (): readonly Answer[] => judgeAll(subject, names, pair, suspects)
    const answers = parts === undefined ? judge() : alike.answer(subject, parts, judge)
    for (const { name, change, judged } of answers) {
      const isOwn = change.effect === 'kept' || judged === subject
      yield { subject, change: isOwn ? change : { ...change, witness: requestOf(subject, name, at) } }
    }
  }
}

/** Who asks in the state before and in the one after, if it may. */
type Askings = readonly [Asking | undefined, Asking | undefined]

/** A change, the name that was asked for, and the one of those alike who asked. */
interface Answer {
  readonly name: string
  readonly judged: Subject
  readonly change: ModelChange | ModelKept
}

/** A name to judge: what is written in a request, and what it is in the result. */
interface Question {
  readonly name: string
  readonly model: ModelName
}

function judgeAll(
  subject: Subject,
  names: (askings: Askings) => NameSet,
  pair: Pair,
  { finder }: AffectedSubjects,
): readonly Answer[] {
  const [before, after] = [findAsker(subject, pair.before, pair.at), findAsker(subject, pair.after, pair.at)]
  if (before === undefined && after === undefined) return []
  const scopes = scopesOf(subject, pair)
  const questions = questionsOf(names([before, after]), pair, (account) => finder.unnamedOn(account, scopes))
  // One state after the other: what is remembered of a row is remembered for one state.
  const had = questions.map(({ name }) => findOne(before, name, pair.before, pair.at))
  const has = questions.map(({ name }) => findOne(after, name, pair.after, pair.at))
  const answers: Answer[] = []
  for (const [i, { name, model }] of questions.entries()) {
    const change = compareAccess(model, had[i], has[i], () => requestOf(subject, name, pair.at))
    if (change !== undefined) answers.push({ name, judged: subject, change })
  }
  return answers
}

function findAsker(subject: Subject, state: State, at: Instant): Asking | undefined {
  const { type, id } = subject
  const team = subject.type === 'user' ? subject.team : undefined
  const asking = findAsking({ type, id }, team, state, evaluationTimeOf(at))
  return isDenied(asking) ? undefined : asking
}

function scopesOf({ type, id }: Subject, pair: Pair): readonly Scope[] {
  if (type !== 'credential') return []
  const rows = statesOf(pair).map(({ credentials }) => findRow(credentials, id))
  return rows.filter((row) => row !== undefined).map(({ scope }) => scope)
}

function findOne(asking: Asking | undefined, name: string, state: State, at: Instant): Access | undefined {
  return asking === undefined ? undefined : accessTo(asking, name, state, evaluationTimeOf(at))
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
function namesToJudge(subject: Subject, parts: ReadonlySet<NameSet>, suspects: AffectedSubjects): NameSet {
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
function heldBy(subject: Subject, suspects: AffectedSubjects): readonly NameSet[] {
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
