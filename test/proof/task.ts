/** Where a client is killed. */
export const killPoints = [
  'before a reservation',
  'before a batch is sent',
  'after a batch is sent',
  'after a reservation',
  'during the call',
  'after the cost is noted',
  'after a settlement is asked for',
  'after a settlement',
  'before a release',
  'after a release is asked for',
] as const
export type KillPoint = (typeof killPoints)[number]

/** What a worker is told. */
export interface Task {
  readonly type: 'serve' | 'drain'
  readonly name: string
  readonly url: string
  readonly schema: string
  readonly callers: number
  /** Where it kills itself, and how often it passes there until it does. */
  readonly killAt?: KillPoint
  readonly after: number
}
