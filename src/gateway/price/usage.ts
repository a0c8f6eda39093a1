import type { CallUsage } from './pricer.ts'
export function readUsage(_operation: string, _usage: unknown): CallUsage | undefined {
  return undefined
}
