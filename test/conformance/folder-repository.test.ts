import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { openFolderRepository } from '../../src/adapter/folder/index.ts'
import type { Repository } from '../../src/index.ts'
import { repositoryConformance } from '../../src/testing/index.ts'

let root = ''
let folders = 0
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'portcullis-repository-'))
})
afterAll(() => rm(root, { recursive: true }))

describe('the folder repository conforms', () => {
  const cases = repositoryConformance(
    async () => {
      const opened: Repository[] = []
      const open = async (path: string) => {
        const repository = await openFolderRepository(path)
        opened.push(repository)
        return repository
      }
      const newPath = () => {
        folders += 1
        return join(root, `${folders}`)
      }
      let path = newPath()
      return {
        repository: await open(path),
        // The files at this moment are the files that a killed process would leave.
        crash: async () => {
          const copy = newPath()
          await cp(path, copy, { recursive: true, filter: (name) => !name.includes('.lock-') })
          path = copy
          return await open(path)
        },
        close: async () => {
          for (const repository of opened) await repository.close()
        },
      }
    },
    { isDurable: true, isShared: false },
    { runs: 100 },
  )
  for (const { name, run } of cases) test(name, run)
})
