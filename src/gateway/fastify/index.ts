// Fastify: a plugin that guards the model calls of one scope

export { type FastifyGuardOptions, fastifyGuard } from './fastify-guard.ts'
