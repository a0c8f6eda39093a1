import type { Target } from '../../model/noun/model-alias.ts'
import type { RestrictionSubject } from '../../model/noun/restriction.ts'
import type { Kind, State } from '../../model/state/state.ts'
import { findRow, hasRow, type Table } from '../../model/table/table.ts'
import type { Principal } from '../../model/value/principal.ts'
import { quote } from '../../model/value/quote.ts'
import type { Selector } from '../../model/value/selector.ts'
import { type Noun, type Reference, type Rejection, type RejectionCode, rejection } from '../message/rejection.ts'

type Path = Rejection['path']

interface Words {
  readonly kind: Kind
  readonly word: string
  readonly unknown: RejectionCode
  readonly exists: RejectionCode
}

/** The nouns that have a table of their own. */
export type RowNoun = Exclude<Noun, 'model'>

const nouns: { readonly [N in RowNoun]: Words } = {
  organization: {
    kind: 'organizations',
    word: 'organization',
    unknown: 'organization_unknown',
    exists: 'organization_exists',
  },
  user: { kind: 'users', word: 'user', unknown: 'user_unknown', exists: 'user_exists' },
  team: { kind: 'teams', word: 'team', unknown: 'team_unknown', exists: 'team_exists' },
  virtualAccount: {
    kind: 'virtualAccounts',
    word: 'virtual account',
    unknown: 'virtual_account_unknown',
    exists: 'virtual_account_exists',
  },
  credential: { kind: 'credentials', word: 'credential', unknown: 'credential_unknown', exists: 'credential_exists' },
  providerAccount: {
    kind: 'providerAccounts',
    word: 'provider account',
    unknown: 'provider_account_unknown',
    exists: 'provider_account_exists',
  },
  modelAlias: {
    kind: 'modelAliases',
    word: 'model alias',
    unknown: 'model_alias_unknown',
    exists: 'model_alias_exists',
  },
  accessGroup: {
    kind: 'accessGroups',
    word: 'access group',
    unknown: 'access_group_unknown',
    exists: 'access_group_exists',
  },
  restriction: {
    kind: 'restrictions',
    word: 'restriction',
    unknown: 'restriction_unknown',
    exists: 'restriction_exists',
  },
  plan: { kind: 'plans', word: 'plan', unknown: 'plan_unknown', exists: 'plan_exists' },
}

/** A noun as a person writes it. */
export function wordOf(noun: Noun): string {
  return noun === 'model' ? 'model' : nouns[noun].word
}

/** Refuses an id that nothing has. */
export function refuseUnknown(noun: RowNoun, id: string, path: Path, state: State): Rejection | undefined {
  const { kind, word, unknown } = nouns[noun]
  if (hasRow(state[kind] as Table<unknown>, id)) return undefined
  const message = `there is no ${word} ${quote(id)}, correct the id or create it first`
  return rejection(unknown, path, message, { reference: { type: noun, id } })
}

/** Refuses an id that something has. */
export function refuseExisting(noun: RowNoun, id: string, path: Path, state: State): Rejection | undefined {
  const { kind, word, exists } = nouns[noun]
  if (!hasRow(state[kind] as Table<unknown>, id)) return undefined
  const message = `${word} ${quote(id)} exists already, choose another id or update that one`
  return rejection(exists, path, message, { reference: { type: noun, id } })
}

/** Refuses the first id of a list that nothing has. */
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

/** Refuses a principal that is not there. */
export function refuseUnknownPrincipal({ type, id }: Principal, path: Path, state: State): Rejection | undefined {
  return refuseUnknown(type, id, [...path, 'id'], state)
}

/** Refuses a subject that is not there. Everyone always is. */
export function refuseUnknownSubject(subject: RestrictionSubject, state: State): Rejection | undefined {
  return subject.type === 'everyone' ? undefined : refuseUnknown(subject.type, subject.id, ['subject', 'id'], state)
}

/** Refuses a concrete model whose account is not there, or neither lists it nor serves any model. */
export function refuseUnknownTarget(target: Target, path: Path, state: State): Rejection | undefined {
  const { providerAccount, model } = target
  const account = findRow(state.providerAccounts, providerAccount)
  if (account === undefined)
    return refuseUnknown('providerAccount', providerAccount, [...path, 'providerAccount'], state)
  return account.anyModel || hasRow(account.models, model) ? undefined : modelUnknown(target, [...path, 'model'])
}

/** The rejection of a model that its account does not list. */
export function modelUnknown(target: Target, path: Path): Rejection {
  const { providerAccount, model } = target
  const message = `provider account ${quote(providerAccount)} has no model ${quote(model)}, correct the name or add it first`
  return rejection('model_unknown', path, message, { reference: modelReference(target) })
}

/** A reference to a concrete model, under the name that requests know it by. */
export function modelReference({ providerAccount, model }: Target): Reference {
  return { type: 'model', id: `${providerAccount}/${model}` }
}

/** Refuses a selector of something that is not there. A pattern refers to nothing. */
export function refuseUnknownSelector(selector: Selector, state: State): Rejection | undefined {
  switch (selector.type) {
    case 'alias':
      return refuseUnknown('modelAlias', selector.alias, ['selector', 'alias'], state)
    case 'aliasPattern':
      return undefined
    case 'model':
      return refuseUnknownTarget(selector, ['selector'], state)
    case 'providerAccount':
      return refuseUnknown('providerAccount', selector.providerAccount, ['selector', 'providerAccount'], state)
  }
}

/** The most references that a rejection lists. */
const referenceLimit = 1000

type ReferencedCode = Extract<RejectionCode, `${string}_referenced`>

/** Refuses to delete what others refer to, with the list of who does. */
export function refuseReferenced(
  code: ReferencedCode,
  { type, id }: Reference,
  path: Path,
  references: Iterable<Reference>,
  advice = 'change that first or ask for a cascade',
): Rejection | undefined {
  const list: Reference[] = []
  let total = 0
  for (const reference of references) {
    total += 1
    if (list.length < referenceLimit) list.push(reference)
  }
  const first = list[0]
  if (first === undefined) return undefined
  const others = total === 1 ? '' : ` and ${total - 1} more`
  const who = `${wordOf(first.type)} ${quote(first.id)}${others}`
  const message = `${wordOf(type)} ${quote(id)} is still referred to by ${who}, ${advice}`
  return rejection(code, path, message, { reference: { type, id }, references: list, total })
}
