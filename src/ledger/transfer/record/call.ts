import * as z from 'zod'
import type { WalletLevel } from '../../../model/noun/wallet.ts'
import type { CallDetails } from '../../../port/ledger-result.ts'
import { PathSchema, WalletSchema } from '../../read-request.ts'
import { copyWallet } from '../../wallet-level.ts'
import { type Field, id, object, optional, place, tags } from './field.ts'
import type { Place, Places } from './place.ts'

/**
 * The call of an exported hold or entry. A level that has a wallet in the export is the place of this wallet. Any other
 * level is a wallet reference.
 */
export interface ExportedCall extends Omit<CallDetails, 'path' | 'tags' | 'note'> {
  readonly path: readonly (Place | WalletLevel)[]
  readonly tags: readonly string[] | undefined
  readonly note: string | undefined
}

const level: Field<Place | WalletLevel> = {
  schema: z.union([place.schema, WalletSchema]) as z.ZodType<Place | WalletLevel>,
  write: (one) => (typeof one === 'number' ? one : copyWallet(one)),
}
const path: Field<ExportedCall['path']> = {
  schema: z.array(level.schema).max(8),
  write: (levels) => levels.map(level.write),
}

export const callField: Field<ExportedCall | undefined> = optional(
  object<ExportedCall>({ path, tags, note: optional(id) }),
)

/** Converts a call for export: replaces each level that has a wallet in the export by the place of the wallet. */
export function withLevelPlaces(
  call: CallDetails | undefined,
  { findPlace }: Pick<Places, 'findPlace'>,
): ExportedCall | undefined {
  if (call === undefined) return undefined
  return { path: call.path.map((one) => findPlace(one) ?? one), tags: call.tags, note: call.note }
}

/** Converts an exported call: replaces each place by its wallet. Returns `undefined` for a path that no call can have. */
export function withLevels(call: ExportedCall, { walletAt }: Pick<Places, 'walletAt'>): CallDetails | undefined {
  const levels = call.path.map((one) => (typeof one === 'number' ? walletAt(one) : copyWallet(one)))
  const found = levels.filter((one) => one !== undefined)
  if (found.length < levels.length || !PathSchema.safeParse(found).success) return undefined
  return {
    path: found,
    ...(call.tags === undefined ? {} : { tags: call.tags }),
    ...(call.note === undefined ? {} : { note: call.note }),
  }
}

/** The error message for a call whose path is not possible, or has a place that is not in the export. */
export const impossiblePath = 'has a call with an impossible path'
