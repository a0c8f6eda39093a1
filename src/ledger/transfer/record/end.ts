import { count, text } from './field.ts'
import { recordOf } from './record.ts'

export interface ExportedEnd {
  /** The number of records, this one included. */
  readonly records: number
  /** The checksum of the records before this one. */
  readonly checksum: string
}

/** The last record. */
export const endRecord = recordOf<ExportedEnd>('end', { records: count, checksum: text })
