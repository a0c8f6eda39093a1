import type { Engine } from './engine.ts'
import { checkEngineOptions, type EngineOptions } from './engine-options.ts'
import { PolicyEngine } from './policy-engine.ts'

/**
 * Creates an engine and starts to load the policy in the background.
 * @throws {TypeError} when an option is missing, unknown or of another type
 * @throws {RangeError} when a number is out of range
 *
 * @example
 * const engine = createEngine({ repository: createMemoryRepository() })
 * await engine.ready()
 * const executed = await engine.execute({ type: 'CreateUser', user: 'ann' }, { actor: { type: 'system' } })
 * console.log(executed.ok, engine.status().version) // true 1
 * await engine.close()
 */
export function createEngine(options: EngineOptions): Engine {
  return new PolicyEngine(checkEngineOptions(options))
}
