import * as z from 'zod'
import { hasRow, type Table } from '../table/table.ts'
import { Authority } from '../value/authority.ts'
import { areDistinct } from '../value/distinct.ts'
import { Id, isId, Label, ProviderAccountId } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { listOf } from '../value/list.ts'
import { Incarnation, Status } from '../value/status.ts'

/** One model of a provider account. The model's id is the provider's own name for the model. */
export const Model = z.strictObject({ id: Id, status: Status, suspendedBy: Authority.optional() })
export interface Model extends Readonly<z.infer<typeof Model>> {}

const settingName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$/, {
  error: 'expected a setting name of letters, digits, dots, hyphens and underscores, as in `baseUrl`',
})

/** The maximum number of settings of a provider account. */
const settingLimit = 1000

/**
 * The settings of a provider account: up to 1,000 strings by name. The library stores them and never interprets them.
 * Do not store secrets here. A separate check rejects the key `__proto__`, since zod would drop that key silently.
 */
export const Settings = z
  .unknown()
  .refine((settings) => !Object.hasOwn(Object(settings), '__proto__'), {
    error: 'expected settings without the name `__proto__`',
  })
  .refine((settings) => Object.keys(Object(settings)).length <= settingLimit, {
    error: `expected at most ${settingLimit} settings`,
  })
  .pipe(z.record(settingName, z.string().max(4096)))
export type Settings = Readonly<z.infer<typeof Settings>>

/** A provider account as a snapshot stores it, with its models as a list. */
export const ProviderAccountText = z.strictObject({
  id: ProviderAccountId,
  name: Label.optional(),
  status: Status,
  suspendedBy: Authority.optional(),
  anyModel: z.boolean(),
  settings: Settings,
  models: listOf(Model).refine((models) => areDistinct(models.map(({ id }) => id)), {
    error: 'expected each model once',
  }),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface ProviderAccountText extends Readonly<z.infer<typeof ProviderAccountText>> {}

/**
 * An account at a model provider: settings, status and models. With `anyModel`, the account also serves models that are
 * not listed.
 */
export interface ProviderAccount extends Omit<ProviderAccountText, 'models'> {
  readonly models: Table<Model>
}

/**
 * Whether a provider account serves a model. The account must list the model, or have `anyModel` while `isPlainModel`
 * is true for the model's name.
 */
export function servesModel(account: ProviderAccount, model: string): boolean {
  return hasRow(account.models, model) || (account.anyModel && isPlainModel(model))
}

const ascii = /^[!-$&-~](?:[ -$&-~]*[!-$&-~])?$/
const oddSegment = /(?:^|\/)\.{0,2}(?:\/|$)/

/**
 * Whether every provider reads a model name literally, never as another name. Such a name is ASCII, without a percent
 * sign, without white space around it, and without an empty, `.` or `..` path segment.
 */
export function isPlainModel(model: string): boolean {
  return isId(model) && ascii.test(model) && !oddSegment.test(model)
}
