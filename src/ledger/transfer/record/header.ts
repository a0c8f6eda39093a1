import type { Instant } from '../../../model/value/instant.ts'
import { count, instant, text } from './field.ts'
import { recordOf } from './record.ts'

/** The name of the export format, as written in the header record. `exportVersion` is the version of this format. */
export const exportFormat = 'portcullis credit ledger'
export const exportVersion = 1

export interface ExportedHeader {
  readonly format: string
  readonly version: number
  /** The instant of the export. The clock of the importing ledger continues from this instant. */
  readonly at: Instant
  /**
   * Keys and holds that ended before this instant may be missing, because the exporting ledger may have forgotten them.
   */
  readonly knownSince: Instant
}

/** The codec of the header record, which is the first record of an export. */
export const headerRecord = recordOf<ExportedHeader>('header', {
  format: text,
  version: count,
  at: instant,
  knownSince: instant,
})

/** Writes the header of an export in the current version of the format. */
export function writeHeader({ at, knownSince }: Pick<ExportedHeader, 'at' | 'knownSince'>): string {
  return headerRecord.write({ format: exportFormat, version: exportVersion, at, knownSince })
}
