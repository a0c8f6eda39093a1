import { writeSync } from 'node:fs'
import { openFolderRepository } from '../../src/adapter/folder/index.ts'
import { RepositoryError } from '../../src/port/repository-error.ts'

/*
 * Commits with 16 callers until it is killed or the repository fails, saves snapshots, and moves a cursor. Writes a line for each
 * result after the repository returned it: `committed`, `cursor`, or the code and outcome of the error.
 */
const [, , path = '', name = ''] = process.argv
const repository = await openFolderRepository(path).catch(failed)
if (repository instanceof RepositoryError) {
  writeSync(1, `${repository.code} ${repository.outcome}\n`)
  process.exit(0)
}
writeSync(1, 'opened\n')
let version = await repository.version()
let isFailed = false

async function call(caller: number): Promise<void> {
  if (repository instanceof RepositoryError) return
  for (let i = 0; !isFailed; i += 1) {
    const id = `${name} ${caller} ${i}`
    const size = 1 + ((caller + i) % 3)
    const events = Array.from({ length: size }, (_, place) => {
      return {
        type: 'UserCreated',
        actor: { type: 'system' },
        at: 1_790_000_000_000,
        user: `${id} ${place} of ${size}`,
      }
    }) as never
    // The callers are decided in the order of their calls, so none of them waits for the results of the others.
    const expectedVersion = version
    version += size
    const result = await repository
      .commit({ events, schema: 1, expectedVersion, command: { id, digest: 'a' } })
      .catch(failed)
    if (result instanceof RepositoryError) return writeLine(`${result.code} ${result.outcome}`, id)
    if (result.type === 'committed') writeLine('committed', `${id}\t${result.after}\t${result.version}`)
    if (i % 8 === 0) await housekeep(caller)
  }
}

async function housekeep(caller: number): Promise<void> {
  if (repository instanceof RepositoryError) return
  const at = await repository.version()
  const moved = await repository.advanceCursor('ledger', at).catch(failed)
  if (!(moved instanceof RepositoryError)) writeLine('cursor', `${at}`)
  if (caller > 0 || name === 'full') return
  const parts = [`{"version":${at}}`, ...Array.from({ length: 8 }, () => 'x'.repeat(1_000))]
  const saved = await repository.saveSnapshot({ version: at, schema: 1, parts }).catch(failed)
  if (!(saved instanceof RepositoryError)) writeLine('snapshot', `${at}`)
}

function writeLine(word: string, rest: string): void {
  writeSync(1, `${word}\t${rest}\n`)
}

function failed(error: unknown): RepositoryError {
  if (!(error instanceof RepositoryError)) throw error
  isFailed = true
  return error
}

await Promise.all(Array.from({ length: 16 }, (_, caller) => call(caller)))
// The repository has failed: every further write throws, and `close` still works.
const after = await repository.advanceCursor('after', 1).catch(failed)
writeLine(after instanceof RepositoryError ? `${after.code} ${after.outcome}` : 'cursor', 'after')
await repository.close()
