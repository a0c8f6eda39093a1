import { Checksum } from './checksum.ts'
import { endRecord } from './record/end.ts'

/** Texts, and after them the end that counts and seals them. */
export function* sealed(...lists: readonly Iterable<string>[]): Generator<string, undefined> {
  const seal = new Checksum()
  let records = 0
  for (const texts of lists) {
    for (const text of texts) {
      records += 1
      seal.add(text)
      yield text
    }
  }
  yield endRecord.write({ records: records + 1, checksum: seal.toString() })
}
