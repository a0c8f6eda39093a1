/** A thing that an event concerns. The id of a `model` is the model's name, as in `openai/gpt-4`. */
export interface EventSubject {
  /** The noun of the thing, as in `team` or `modelAlias`. */
  readonly type: string
  readonly id: string
}

type Fields = { readonly [field: string]: unknown }

/** For each field that holds the id of a thing: the type of the thing. */
const idFields: Readonly<Record<string, string>> = {
  organization: 'organization',
  user: 'user',
  team: 'team',
  virtualAccount: 'virtualAccount',
  credential: 'credential',
  providerAccount: 'providerAccount',
  alias: 'modelAlias',
  accessGroup: 'accessGroup',
  restriction: 'restriction',
  plan: 'plan',
  request: 'accessRequest',
}

/** The fields that hold a list of ids of access groups. */
const groupListFields = ['accessGroups', 'added', 'removed']

/** The fields that are never read: who gave the command, and data that the library does not interpret. */
const skippedFields = ['actor', 'settings']

/**
 * Returns the things that an event concerns, each once, in the order of the event's fields. For filtering a log by user,
 * team, credential and so on.
 *
 * Reads only the names and values of top-level fields, so it also works for events of later schema versions: a field
 * with the name of a noun holds an id, an object with `type` and `id` is a reference, and a membership reference gives
 * the team and the user. The `actor`, the models in a list, and what a selector, a scope or a group member names are
 * not subjects.
 *
 * @example
 * const event = { type: 'TeamMemberAdded', actor: { type: 'system' }, at: Date.now(), team: 'dev', user: 'ann' }
 * for (const { type, id } of subjectsOf(event)) console.log(type, id)
 * // team dev
 * // user ann
 */
export function subjectsOf(event: Fields): readonly EventSubject[] {
  const seen = new Map<string, Set<string>>()
  const subjects: EventSubject[] = []
  for (const subject of eachSubject(event)) {
    const ids = seen.get(subject.type) ?? new Set<string>()
    if (ids.has(subject.id)) continue
    seen.set(subject.type, ids.add(subject.id))
    subjects.push(subject)
  }
  return subjects
}

function* eachSubject(event: Fields): IterableIterator<EventSubject> {
  for (const [field, value] of Object.entries(event)) {
    if (skippedFields.includes(field)) continue
    if (typeof value === 'string') yield* ofId(field, value, event)
    else if (Array.isArray(value)) yield* ofList(field, value)
    else if (typeof value === 'object' && value !== null) yield* ofReference(value as Fields)
  }
}

function* ofId(field: string, id: string, event: Fields): IterableIterator<EventSubject> {
  const type = Object.hasOwn(idFields, field) ? idFields[field] : undefined
  if (type !== undefined) yield { type, id }
  const account = Object.hasOwn(event, 'providerAccount') ? event['providerAccount'] : undefined
  if (field === 'model' && typeof account === 'string') yield { type: 'model', id: `${account}/${id}` }
}

function* ofList(field: string, list: readonly unknown[]): IterableIterator<EventSubject> {
  if (!groupListFields.includes(field)) return
  for (const id of list) if (typeof id === 'string') yield { type: 'accessGroup', id }
}

function* ofReference({ type, id, team, user }: Fields): IterableIterator<EventSubject> {
  if (type === 'member') {
    if (typeof team === 'string') yield { type: 'team', id: team }
    if (typeof user === 'string') yield { type: 'user', id: user }
  } else if (typeof type === 'string' && typeof id === 'string') yield { type, id }
}
