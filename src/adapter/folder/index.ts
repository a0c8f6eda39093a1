export type { FolderJournalOptions, FolderRepositoryOptions } from './folder-options.ts'
export { openFolderJournal } from './journal/journal.ts'
export { openFolderRepository } from './repository.ts'
