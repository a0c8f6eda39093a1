import { afterAll, beforeAll, describe, test } from 'vitest'
import { repositoryConformance } from '../../src/testing/index.ts'
import { FolderRig } from './folder-rig.ts'

const rig = new FolderRig()
beforeAll(() => rig.begin())
afterAll(() => rig.end())

describe('the folder repository conforms', () => {
  const cases = repositoryConformance(
    async () => {
      let path = rig.newPath()
      return {
        repository: await rig.open(path),
        crash: async () => {
          path = await rig.copy(path)
          return await rig.open(path)
        },
        close: () => rig.closeAll(),
      }
    },
    { isDurable: true, isShared: false },
    { runs: 100 },
  )
  for (const { name, run } of cases) test(name, run)
})
