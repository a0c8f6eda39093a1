import type { Instant } from '../../../model/value/instant.ts'
import { count, instant, text } from './field.ts'
import { recordOf } from './record.ts'

/** The format that the first record names, and its version. */
export const exportFormat = 'portcullis credit ledger'
export const exportVersion = 1

export interface ExportedHeader {
  readonly format: string
  readonly version: number
  /** The instant of the export. The importing ledger's time continues from here. */
  readonly at: Instant
  /** Keys and holds that ended before this instant may have been forgotten. */
  readonly knownSince: Instant
}

/** The first record. */
export const headerRecord = recordOf<ExportedHeader>('header', {
  format: text,
  version: count,
  at: instant,
  knownSince: instant,
})

/** Writes the header of this version of the format. */
export function writeHeader({ at, knownSince }: Pick<ExportedHeader, 'at' | 'knownSince'>): string {
  return headerRecord.write({ format: exportFormat, version: exportVersion, at, knownSince })
}
