import { count, text } from './field.ts'
import { recordOf } from './record.ts'

export interface ExportedEnd {
  /** The number of records in the export, including the end record. */
  readonly records: number
  /** The checksum of all records before the end record. */
  readonly checksum: string
}

/** The codec of the end record, which is the last record of an export. */
export const endRecord = recordOf<ExportedEnd>('end', { records: count, checksum: text })
