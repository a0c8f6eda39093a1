import fc from 'fast-check'
import type { Committed, Repository } from '../../../port/repository.ts'
import { DifferenceError, expectSame, expectTrue } from '../assert.ts'
import type { ConformanceCase } from '../case.ts'
import { events, type MakeRepository, type RepositoryClaims, readUntil, summary } from './repository-fixture.ts'

/** One committer of a history: how many events its commits have, and whether it repeats a commit after its result. */
interface Committer {
  readonly sizes: readonly number[]
  readonly repeats: boolean
  readonly process: number
}

const committer: fc.Arbitrary<Committer> = fc.record({
  sizes: fc.array(fc.nat(3), { minLength: 1, maxLength: 5 }),
  repeats: fc.boolean(),
  process: fc.nat(2),
})

/** A commit with its result, as its caller saw it. */
interface Observed {
  readonly users: readonly string[]
  readonly result: Committed & { readonly type: 'committed' }
}

/**
 * Returns a case with random histories of concurrent committers. Each retries after conflicts, with one command id per
 * commit. The results must be explained by one order of the commits: the log has each commit once, whole, at the versions
 * that its caller was told, and the commits of one caller are in its order.
 */
export function repositoryHistories(
  make: MakeRepository,
  claims: RepositoryClaims,
  runs: number,
): readonly ConformanceCase[] {
  const run = async (committers: readonly Committer[]): Promise<void> => {
    const test = await make()
    try {
      const repositories = [test.repository]
      while (claims.isShared && repositories.length < 3) {
        if (test.open === undefined) throw new DifferenceError('a shared repository needs `open`')
        repositories.push(await test.open())
      }
      const watch = (repositories.at(-1) as Repository).watch(0)
      const observed = await Promise.all(
        committers.map((each, i) => commitAll(repositories[each.process % repositories.length] as Repository, each, i)),
      )
      const total = await explain(test.repository, observed)
      const seen = total === 0 ? [] : await readUntil(watch, total)
      expectSame(seen, (await test.repository.load()).events, 'what a watch saw')
      await watch.return()
    } finally {
      await test.close()
    }
  }
  return [
    {
      name: 'histories: concurrent commits are explained by one order',
      run: async () => {
        const histories = fc.array(committer, { minLength: 2, maxLength: 5 })
        await fc.assert(fc.asyncProperty(histories, run), { numRuns: runs, endOnFailure: true })
      },
    },
  ]
}

async function commitAll(repository: Repository, { sizes, repeats }: Committer, place: number): Promise<Observed[]> {
  const observed: Observed[] = []
  for (const [i, size] of sizes.entries()) {
    const users = Array.from({ length: size }, (_, j) => `${place}.${i}.${j}`)
    const command = { id: `command ${place}.${i}`, digest: `${size}` }
    for (let version = await repository.version(); ; ) {
      const result = await repository.commit({ events: events(...users), schema: 1, expectedVersion: version, command })
      if (result.type === 'committed') {
        observed.push({ users, result })
        break
      }
      expectSame(result.type, 'conflict')
      version = result.type === 'conflict' ? result.version : version
    }
    if (!repeats) continue
    const again = await repository.commit({ events: [], schema: 1, expectedVersion: 0, command })
    expectSame(again, { ...observed.at(-1)?.result, replay: true }, 'the repeated commit')
  }
  return observed
}

/** Checks that the log explains the observed results. Returns the version of the log. */
async function explain(repository: Repository, observed: readonly (readonly Observed[])[]): Promise<number> {
  const { events: recorded, version } = await repository.load()
  const log = summary(recorded)
  for (const commits of observed) {
    let last = 0
    for (const { users, result } of commits) {
      expectTrue(result.after >= last, 'the commits of a caller are out of order')
      expectSame(result.version - result.after, users.length, 'the size of a commit')
      const stored = log.slice(result.after, result.version)
      expectSame(
        stored,
        users.map((user, i) => `${result.after + i + 1} ${user}`),
        'the events of a commit',
      )
      last = result.version
    }
  }
  const sizes = observed.flat().map(({ users }) => users.length)
  expectSame(
    version,
    sizes.reduce((sum, size) => sum + size, 0),
    'the number of events',
  )
  return version
}
