export { arbitraryAnything, arbitraryDamage, hostileMakers, type Maker } from './arbitrary/anything.ts'
export { arbitraryCommand, arbitraryCommands } from './arbitrary/command.ts'
export { commandPool, foundingCommands } from './arbitrary/command-pool.ts'
export { arbitraryBadId, arbitraryId, arbitraryNames, type Names, nastyIds } from './arbitrary/name.ts'
export {
  arbitraryEvaluationTime,
  arbitraryManageRequest,
  arbitraryRequest,
  arbitrarySession,
  arbitraryUseRequest,
  arbitraryWho,
  type Session,
} from './arbitrary/request.ts'
export { arbitraryPattern, arbitraryScope, arbitrarySelector } from './arbitrary/selector.ts'
export { arbitraryState } from './arbitrary/state.ts'
export { arbitraryInstant, arbitraryWindow, arbitraryWindows } from './arbitrary/window.ts'
export { DifferenceError } from './conformance/assert.ts'
export type { ConformanceCase } from './conformance/case.ts'
export { creditLedgerConformance } from './conformance/ledger/credit-ledger.ts'
export type {
  LedgerClaims,
  LedgerSetting,
  LedgerUnderTest,
  MakeLedger,
} from './conformance/ledger/ledger-fixture.ts'
export { type CycleSpeed, type LedgerCycle, ledgerCycle, measureCycle } from './conformance/ledger/ledger-speed.ts'
export { repositoryConformance } from './conformance/repository/repository.ts'
export type {
  MakeRepository,
  RepositoryClaims,
  RepositoryUnderTest,
} from './conformance/repository/repository-fixture.ts'
export { allowed, areCompatible, type Fault, faults, firstOf, type Scenario, withFaults } from './fault.ts'
export { deepFreeze, isDeeplyFrozen } from './frozen.ts'
export { instantsOf } from './instant.ts'
export { auditLedger, foldEntries, recordWrites, type SentWrite } from './reference/ledger.ts'
export { referenceManage } from './reference/manage.ts'
export { referenceUse } from './reference/use.ts'
export { referenceAuthorize } from './reference-model.ts'
