// Hono: a middleware that guards model calls

export { type GuardVariables, honoGuard } from './hono-guard.ts'
