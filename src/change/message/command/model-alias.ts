import type { Immutable } from 'immer'
import * as z from 'zod'
import { Target, targetLimit } from '../../../model/noun/model-alias.ts'
import { Id, Label } from '../../../model/value/id.ts'
import { Instant } from '../../../model/value/instant.ts'
import { listOf } from '../../../model/value/list.ts'
import { type Envelope, message } from '../envelope.ts'

/** Creates a model alias: a public model name with the concrete models behind it. */
export const CreateModelAlias = message('CreateModelAlias', {
  /** The public model name: 1 to 256 printable characters, unique among aliases. */
  alias: Id,
  /** A description of at most 1,024 characters. Default: none. */
  description: Label.optional(),
  /** The concrete models in the order in which a gateway tries them: at most 100. Repeats are dropped. */
  targets: listOf(Target, targetLimit),
})
export interface CreateModelAlias extends Envelope, Immutable<z.infer<typeof CreateModelAlias>> {}

/** Changes the description of a model alias. */
export const UpdateModelAlias = message('UpdateModelAlias', {
  /** The alias to change. */
  alias: Id,
  /** A new description of at most 1,024 characters; `null` removes the description. Default: unchanged. */
  description: Label.nullable().optional(),
})
export interface UpdateModelAlias extends Envelope, Immutable<z.infer<typeof UpdateModelAlias>> {}

/** Replaces all targets of a model alias. */
export const SetModelAliasTargets = message('SetModelAliasTargets', {
  /** The alias to change. */
  alias: Id,
  /** The concrete models in the order in which a gateway tries them: at most 100. Repeats are dropped. */
  targets: listOf(Target, targetLimit),
})
export interface SetModelAliasTargets extends Envelope, Immutable<z.infer<typeof SetModelAliasTargets>> {}

/** Announces that a model alias retires at `sunsetAt`. */
export const DeprecateModelAlias = message('DeprecateModelAlias', {
  /** The alias to deprecate. */
  alias: Id,
  /** The instant from which requests for the alias are denied, in epoch milliseconds, later than `at`. */
  sunsetAt: Instant,
  /** The alias that callers should use instead; `null` removes the successor. Default: unchanged. */
  successor: Id.nullable().optional(),
})
export interface DeprecateModelAlias extends Envelope, Immutable<z.infer<typeof DeprecateModelAlias>> {}

/** Retires a model alias: requests for the alias are denied from now on. */
export const RetireModelAlias = message('RetireModelAlias', {
  /** The alias to retire. */
  alias: Id,
  /** The alias that callers should use instead; `null` removes the successor. Default: unchanged. */
  successor: Id.nullable().optional(),
})
export interface RetireModelAlias extends Envelope, Immutable<z.infer<typeof RetireModelAlias>> {}

/** Makes a deprecated or retired model alias active again, without a successor. */
export const ActivateModelAlias = message('ActivateModelAlias', {
  /** The alias to activate. */
  alias: Id,
})
export interface ActivateModelAlias extends Envelope, Immutable<z.infer<typeof ActivateModelAlias>> {}

/** Deletes a model alias. */
export const DeleteModelAlias = message('DeleteModelAlias', {
  /** The alias to delete. */
  alias: Id,
  /**
   * `true` removes the alias from access groups and from the scopes of credentials, removes the alias as the successor
   * of other aliases, and deletes the restrictions on the alias. Default: `false`, which rejects the command while a
   * group, a scope, another alias or a restriction names the alias.
   */
  cascade: z.boolean().optional(),
})
export interface DeleteModelAlias extends Envelope, Immutable<z.infer<typeof DeleteModelAlias>> {}
