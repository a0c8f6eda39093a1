import { describe, test } from 'vitest'
import { createMemoryRepository } from '../../src/adapter/memory/index.ts'
import { repositoryConformance } from '../../src/testing/index.ts'

describe('the memory repository conforms', () => {
  const cases = repositoryConformance(
    async () => {
      const repository = createMemoryRepository()
      return { repository, close: () => repository.close() }
    },
    { isDurable: false, isShared: false },
    { runs: 300 },
  )
  for (const { name, run } of cases) test(name, run)
})
