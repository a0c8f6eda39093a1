import type { ConformanceCase } from '../case.ts'
import { commits } from './repository-commits.ts'
import { casesOf, type MakeRepository, type RepositoryClaims } from './repository-fixture.ts'
import { repositoryHistories } from './repository-history.ts'
import { crashes, fleets, lifecycle } from './repository-lifecycle.ts'
import { logs } from './repository-log.ts'
import { snapshots } from './repository-snapshots.ts'
import { watches } from './repository-watches.ts'

/**
 * Returns conformance cases for every guarantee of `Repository`, for any test runner. `make` creates a fresh repository
 * for each case. `claims` must equal the capabilities that the repository reports. The cases for a claimed capability
 * fail when `make` does not return the function they need, `crash` or `open`. `runs` is the number of random histories.
 * Default: 30.
 */
export function repositoryConformance(
  make: MakeRepository,
  claims: RepositoryClaims,
  { runs = 30 }: { readonly runs?: number } = {},
): readonly ConformanceCase[] {
  return [
    ...casesOf(make, 'commits', commits),
    ...casesOf(make, 'watches', watches),
    ...casesOf(make, 'the log', logs),
    ...casesOf(make, 'snapshots', snapshots),
    ...repositoryHistories(make, claims, runs),
    ...(claims.isDurable ? casesOf(make, 'crashes', crashes) : []),
    ...(claims.isShared ? casesOf(make, 'shared repository', fleets) : []),
    ...casesOf(make, 'lifecycle', lifecycle(claims)),
  ]
}
