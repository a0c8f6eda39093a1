import type { Target } from '../../model/noun/model-alias.ts'
import { servesModel } from '../../model/noun/provider-account.ts'
import type { RestrictionSubject } from '../../model/noun/restriction.ts'
import { membershipIn } from '../../model/noun/user.ts'
import type { Kind, State } from '../../model/state/state.ts'
import { findRow, hasRow, type Table } from '../../model/table/table.ts'
import type { Holder, MembershipReference, Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import type { Scope, Selector } from '../../model/value/selector.ts'
import {
  type Noun,
  type Reference,
  type Rejection,
  type RejectionCode,
  rejection,
  rejectionCodes,
} from '../message/rejection.ts'

type Path = Rejection['path']

/** The nouns that have a table: every noun except `model`. A model is stored in the row of its provider account. */
export type RowNoun = Exclude<Noun, 'model'>

/** For each noun: the name of its table, its word in messages, and its word in rejection codes. */
const nouns = {
  organization: { kind: 'organizations', word: 'organization', code: 'organization' },
  user: { kind: 'users', word: 'user', code: 'user' },
  team: { kind: 'teams', word: 'team', code: 'team' },
  virtualAccount: { kind: 'virtualAccounts', word: 'virtual account', code: 'virtual_account' },
  credential: { kind: 'credentials', word: 'credential', code: 'credential' },
  providerAccount: { kind: 'providerAccounts', word: 'provider account', code: 'provider_account' },
  modelAlias: { kind: 'modelAliases', word: 'model alias', code: 'model_alias' },
  accessGroup: { kind: 'accessGroups', word: 'access group', code: 'access_group' },
  restriction: { kind: 'restrictions', word: 'restriction', code: 'restriction' },
  plan: { kind: 'plans', word: 'plan', code: 'plan' },
  accessRequest: { kind: 'accessRequests', word: 'access request', code: 'access_request' },
} as const satisfies { readonly [N in RowNoun]: { readonly kind: Kind; readonly word: string; readonly code: string } }

/** Returns the word for a noun in messages, as in `virtual account`. */
export function wordOf(noun: Noun): string {
  return noun === 'model' ? 'model' : nouns[noun].word
}

/** Returns the name of the table with the rows of a noun. */
export function kindOf<N extends RowNoun>(noun: N): (typeof nouns)[N]['kind'] {
  return nouns[noun].kind
}

function exists(noun: RowNoun, id: string, state: State): boolean {
  return hasRow(state[kindOf(noun)] as Table<unknown>, id)
}

/** Refuses the id of a row that does not exist. */
export function refuseUnknown(noun: RowNoun, id: string, path: Path, state: State): Rejection | undefined {
  if (exists(noun, id, state)) return undefined
  const { word, code } = nouns[noun]
  const message = `${word} ${quote(id)} does not exist, correct the id or create it first`
  return rejection(`${code}_unknown`, path, message, { reference: { type: noun, id } })
}

/** Refuses an id that a row of the same noun has already. */
export function refuseExisting(noun: RowNoun, id: string, path: Path, state: State): Rejection | undefined {
  if (!exists(noun, id, state)) return undefined
  const { word, code } = nouns[noun]
  const message = `${word} ${quote(id)} exists already, choose another id or update that one`
  return rejection(`${code}_exists`, path, message, { reference: { type: noun, id } })
}

/** Refuses a list of ids if one of them does not exist. The rejection names the first unknown id. */
export function refuseAnyUnknown(
  noun: RowNoun,
  ids: readonly string[],
  path: Path,
  state: State,
): Rejection | undefined {
  for (const [i, id] of ids.entries()) {
    const refused = refuseUnknown(noun, id, [...path, i], state)
    if (refused) return refused
  }
  return undefined
}

/** Refuses a principal that does not exist. */
export function refuseUnknownPrincipal({ type, id }: Principal, path: Path, state: State): Rejection | undefined {
  return refuseUnknown(type, id, [...path, 'id'], state)
}

/**
 * Refuses a holder that does not exist. A membership exists while the user is in the team. With `isUserHidden`, the rejection
 * is the same whether or not the user exists.
 */
export function refuseUnknownHolder(
  holder: Holder,
  path: Path,
  state: State,
  isUserHidden = false,
): Rejection | undefined {
  if (holder.type !== 'member') return refuseUnknown(holder.type, holder.id, [...path, 'id'], state)
  const { team, user } = holder
  const unknown = isUserHidden
    ? refuseUnknown('team', team, [...path, 'team'], state)
    : refuseUnknownPair(holder, path, state)
  if (unknown) return unknown
  if (membershipIn(findRow(state.users, user)?.teams ?? [], team) !== undefined) return undefined
  const message = `user ${quote(user)} is not in team ${quote(team)}, add it first`
  return rejection('team_not_member', path, message, { reference: { type: 'team', id: team } })
}

function refuseUnknownPair({ team, user }: MembershipReference, path: Path, state: State): Rejection | undefined {
  return refuseUnknown('user', user, [...path, 'user'], state) ?? refuseUnknown('team', team, [...path, 'team'], state)
}

/**
 * Refuses the subject of a restriction if the subject does not exist. `everyone` always exists. A `member` exists while
 * the user and the team exist, even if the user is not in the team.
 */
export function refuseUnknownSubject(subject: RestrictionSubject, state: State): Rejection | undefined {
  if (subject.type === 'everyone') return undefined
  if (subject.type === 'member') return refuseUnknownPair(subject, ['subject'], state)
  return refuseUnknown(subject.type, subject.id, ['subject', 'id'], state)
}

/** Refuses a concrete model if its provider account does not exist or does not serve the model. */
export function refuseUnknownTarget(target: Target, path: Path, state: State): Rejection | undefined {
  const account = findRow(state.providerAccounts, target.providerAccount)
  return account !== undefined && servesModel(account, target.model) ? undefined : refuseUnlisted(target, path, state)
}

/** Refuses a concrete model if its provider account does not exist or does not list the model. */
export function refuseUnlisted(target: Target, path: Path, state: State): Rejection | undefined {
  const { providerAccount, model } = target
  const account = findRow(state.providerAccounts, providerAccount)
  if (account === undefined)
    return refuseUnknown('providerAccount', providerAccount, [...path, 'providerAccount'], state)
  return hasRow(account.models, model) ? undefined : modelUnknown(target, [...path, 'model'])
}

/** The rejection of a model that the provider account does not list. */
export function modelUnknown(target: Target, path: Path): Rejection {
  const { providerAccount, model } = target
  const message = `provider account ${quote(providerAccount)} has no model ${quote(model)}, correct the name or add it first`
  return rejection('model_unknown', path, message, { reference: modelReference(target) })
}

/** Makes a reference to a concrete model. The id has the form `account/model`, as in requests. */
export function modelReference({ providerAccount, model }: Target): Reference {
  return { type: 'model', id: `${providerAccount}/${model}` }
}

/**
 * Refuses a selector that names an alias, a model or a provider account that does not exist. Never refuses a pattern.
 */
export function refuseUnknownSelector(selector: Selector, path: Path, state: State): Rejection | undefined {
  switch (selector.type) {
    case 'alias':
      return refuseUnknown('modelAlias', selector.alias, [...path, 'alias'], state)
    case 'pattern':
      return undefined
    case 'model':
      return refuseUnknownTarget(selector, path, state)
    case 'providerAccount':
      return refuseUnknown('providerAccount', selector.providerAccount, [...path, 'providerAccount'], state)
  }
}

/**
 * Refuses a scope that names an alias, a model or a provider account that does not exist. If several rejections apply,
 * returns the one whose code is first in `rejectionCodes`.
 */
export function refuseUnknownSelectors(scope: Scope | undefined, state: State): Rejection | undefined {
  if (scope?.type !== 'list') return undefined
  let first: Rejection | undefined
  for (const [i, selector] of scope.selectors.entries()) {
    const refused = refuseUnknownSelector(selector, ['scope', 'selectors', i], state)
    if (refused === undefined) continue
    if (first === undefined || rejectionCodes.indexOf(refused.code) < rejectionCodes.indexOf(first.code))
      first = refused
  }
  return first
}

/** The maximum number of references that a rejection lists. */
const referenceLimit = 1000

type ReferencedCode = Extract<RejectionCode, `${string}_referenced`>

/** Refuses to delete a row while other rows refer to it. The rejection lists at most 1,000 of these other rows. */
export function refuseReferenced(
  code: ReferencedCode,
  { type, id }: Reference,
  path: Path,
  references: Iterable<Reference>,
  advice = 'change that first or set `cascade`',
  isVisible: (reference: Reference) => boolean = () => true,
): Rejection | undefined {
  const list: Reference[] = []
  let total = 0
  let isHidden = false
  for (const reference of references) {
    if (!isVisible(reference)) {
      isHidden = true
      continue
    }
    total += 1
    if (list.length < referenceLimit) list.push(reference)
  }
  const first = list[0]
  if (first === undefined) return isHidden ? refuseHidden(code, { type, id }, path) : undefined
  const others = total === 1 ? '' : ` and ${total - 1} more`
  const referrers = `${wordOf(first.type)} ${quote(first.id)}${others}`
  const message = `${wordOf(type)} ${quote(id)} is still referred to by ${referrers}, ${advice}`
  return rejection(code, path, message, { reference: { type, id }, references: list, total })
}

/**
 * Makes the rejection for a row when the actor may see none of the rows that refer to it. The rejection has neither
 * `references` nor `total`.
 */
function refuseHidden(code: ReferencedCode, reference: Reference, path: Path): Rejection {
  const message = `${wordOf(reference.type)} ${quote(reference.id)} is still referred to by rows that the actor may not see, ask an administrator`
  return rejection(code, path, message, { reference })
}
