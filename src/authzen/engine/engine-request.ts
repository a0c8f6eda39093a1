import type { Principal } from '../../model/value/principal.ts'
import type { ManageRequest, Thing, UseRequest } from '../../policy/request/request.ts'
import type { Usable } from '../../query/who/access-target.ts'
import type { At } from '../../runtime/engine.ts'
import type { AuthZenAction, AuthZenEvaluation, AuthZenProperties } from '../message/entity.ts'

/** The types of subjects that an engine knows. Their ids are those of the policy. */
const subjectTypes = ['user', 'team', 'virtualAccount', 'credential'] as const
type SubjectType = (typeof subjectTypes)[number]

/** The names of the actions that an engine knows, in order: `manage` a thing, and `use` a model, an account or a group. */
export const actionNames = ['manage', 'use'] as const

/** The types of the things that an engine knows, which the action `manage` applies to. */
const thingTypes: Readonly<Record<Thing['type'], true>> = {
  platform: true,
  organization: true,
  team: true,
  teamMembers: true,
  virtualAccount: true,
  providerAccount: true,
  userTokens: true,
}

/** The id of the only resource of type `platform`. */
export const platformId = 'platform'

/**
 * Asks whether a principal can use any model over a provider account, or by an access group, as `whoCanUse` does: on behalf of
 * any of its teams, or of none.
 */
export interface ReachRequest {
  readonly type: 'reach'
  readonly who: Principal
  readonly what: Exclude<Usable, string>
}

/** A request that an evaluation stands for. */
export type EngineRequest = At<UseRequest> | At<ManageRequest> | ReachRequest

/**
 * Converts an evaluation to a request of `authorize`. Returns `undefined` if an engine does not know the type of the subject,
 * or the action on this type of resource. The team and the operation of a use request are properties of the action, or else
 * of the context.
 */
export function requestOf({ subject, action, resource, context }: AuthZenEvaluation): EngineRequest | undefined {
  const { type, id } = subject
  if (!isSubjectType(type)) return undefined
  const who = { type, id }
  if (action.name === 'use') {
    const fields = fieldsOf(action, context)
    if (resource.type === 'model') return { type: 'use', who, model: resource.id, ...fields }
    const what = findUsable(resource.type, resource.id)
    // A credential can be narrower than what its owner can use, and a team names one of several contexts.
    if (what === undefined || type === 'credential' || fields.team !== undefined) return undefined
    return { type: 'reach', who: { type, id }, what }
  }
  const thing = action.name === 'manage' ? findThing(resource.type, resource.id) : undefined
  return thing === undefined ? undefined : { type: 'manage', who, thing }
}

/** Whether an engine knows a type of subjects. */
function isSubjectType(type: string): type is SubjectType {
  return subjectTypes.some((one) => one === type)
}

/** Returns the account or the group that a resource is, or `undefined` if it is neither. */
function findUsable(type: string, id: string): ReachRequest['what'] | undefined {
  if (type === 'providerAccount') return { type, providerAccount: id }
  return type === 'accessGroup' ? { type, accessGroup: id } : undefined
}

/** Returns the thing that a resource is, or `undefined` if it is none. */
function findThing(type: string, id: string): Thing | undefined {
  if (!isThingType(type)) return undefined
  if (type !== 'platform') return { type, id }
  return id === platformId ? { type } : undefined
}

function isThingType(type: string): type is Thing['type'] {
  return Object.hasOwn(thingTypes, type)
}

/**
 * Returns the team and the operation of a use request. They are values of the client: `authorize` denies a request with others
 * than it knows.
 */
export function fieldsOf(
  action: Pick<AuthZenAction, 'properties'>,
  context: AuthZenProperties | undefined,
): Pick<UseRequest, 'team' | 'operation'> {
  const team = read('team', action.properties, context)
  const operation = read('operation', action.properties, context)
  return {
    ...(team === undefined ? undefined : { team }),
    ...(operation === undefined ? undefined : { operation }),
  } as Pick<UseRequest, 'team' | 'operation'>
}

function read(name: string, ...sources: readonly (AuthZenProperties | undefined)[]): unknown {
  return sources.find((source) => source !== undefined && Object.hasOwn(source, name))?.[name]
}
