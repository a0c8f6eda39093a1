import { Checksum } from './checksum.ts'
import { endRecord } from './record/end.ts'

/**
 * Yields the records of all lists in order, followed by the end record. The end record contains the number of records,
 * itself included, and the checksum of all earlier records.
 */
export function* withEndRecord(...lists: readonly Iterable<string>[]): Generator<string, undefined> {
  const checksum = new Checksum()
  let records = 0
  for (const texts of lists) {
    for (const text of texts) {
      records += 1
      checksum.add(text)
      yield text
    }
  }
  yield endRecord.write({ records: records + 1, checksum: checksum.toString() })
}
