import * as z from 'zod'

/** Attributes of an entity or of the environment. The values are any JSON values. */
export type AuthZenProperties = Readonly<Record<string, unknown>>

/** The user or machine that a decision is about. The id is unique within the type. */
export interface AuthZenSubject {
  readonly type: string
  readonly id: string
  readonly properties?: AuthZenProperties | undefined
}

/** The target of an access. The id is unique within the type. */
export interface AuthZenResource {
  readonly type: string
  readonly id: string
  readonly properties?: AuthZenProperties | undefined
}

/** The kind of an access. */
export interface AuthZenAction {
  readonly name: string
  readonly properties?: AuthZenProperties | undefined
}

/** One question: may the subject perform the action on the resource? */
export interface AuthZenEvaluation {
  readonly subject: AuthZenSubject
  readonly action: AuthZenAction
  readonly resource: AuthZenResource
  readonly context?: AuthZenProperties | undefined
}

/** An entity that a search looks for: its type, without an id. */
export type AuthZenWanted = Omit<AuthZenSubject, 'id'>

/** Whether a value is an object of JSON, and not a list or `null`. */
export function isObject(value: unknown): value is AuthZenProperties {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Attributes, kept as they are. */
export const Properties = z.custom<AuthZenProperties>(isObject, { error: 'expected an object' })

const wanted = { type: z.string(), properties: Properties.optional() }

/** A subject or a resource. */
export const Entity = z.object({ ...wanted, id: z.string() })

/** The subject or the resource that a search looks for. An id of it is left out. */
export const Wanted = z.object(wanted)

export const Action = z.object({ name: z.string(), properties: Properties.optional() })
