export { openFileJournal } from './journal.ts'
