// Express: middlewares that guard model calls

export { expressGuard, expressGuardErrors, type GuardLocals } from './express-guard.ts'
export { sendResponse } from './send-response.ts'
