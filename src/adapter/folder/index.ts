export type { FolderRepositoryOptions } from './folder-options.ts'
export { openFileJournal } from './journal.ts'
export { openFolderRepository } from './repository.ts'
