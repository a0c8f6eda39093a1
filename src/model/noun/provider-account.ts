import { z } from 'zod'
import type { Table } from '../table/table.ts'
import { areDistinct } from '../value/distinct.ts'
import { Id, Label, ProviderAccountId } from '../value/id.ts'
import { Instant } from '../value/instant.ts'
import { Incarnation, Status } from '../value/status.ts'

/** One model of a provider account, under the provider's own name for it. */
export const Model = z.strictObject({ id: Id, status: Status })
export interface Model extends Readonly<z.infer<typeof Model>> {}

const settingName = z.string().regex(/^[a-zA-Z][a-zA-Z0-9_.-]{0,63}$/, {
  error: 'expected a setting name of letters, digits, dots, hyphens and underscores, as in `baseUrl`',
})

/**
 * Settings of a provider account: text by name, at most 1,000. The library carries them and never reads them; secrets do
 * not belong here. Zod leaves out a key `__proto__` without a word, so that is looked for first: every key that is no
 * setting's name is refused.
 */
export const Settings = z
  .unknown()
  .refine((settings) => !Object.hasOwn(Object(settings), '__proto__'), {
    error: 'expected settings without the name `__proto__`',
  })
  .pipe(
    z
      .record(settingName, z.string().max(4096))
      .refine((settings) => Object.keys(settings).length <= 1000, { error: 'expected at most 1000 settings' }),
  )
export type Settings = Readonly<z.infer<typeof Settings>>

/** A provider account as snapshots write it. */
export const ProviderAccountText = z.strictObject({
  id: ProviderAccountId,
  name: Label.optional(),
  status: Status,
  anyModel: z.boolean(),
  settings: Settings,
  models: z.array(Model).refine((models) => areDistinct(models.map(({ id }) => id)), {
    error: 'expected each model once',
  }),
  createdAt: Instant,
  incarnation: Incarnation,
})
export interface ProviderAccountText extends Readonly<z.infer<typeof ProviderAccountText>> {}

/** One account at a provider: its settings, its status, its models. With `anyModel` it serves every model name. */
export interface ProviderAccount extends Omit<ProviderAccountText, 'models'> {
  readonly models: Table<Model>
}
