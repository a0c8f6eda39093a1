/** The points at which a client is killed. */
export const killPoints = [
  'before a reserve',
  'before a batch is sent',
  'after a batch is sent',
  'after a reserve',
  'during the upstream call',
  'after the cost is recorded',
  'while a settle is in flight',
  'after a settle',
  'before a release',
  'while a release is in flight',
] as const
export type KillPoint = (typeof killPoints)[number]

/** The argument of a worker process, as JSON. */
export interface Task {
  readonly type: 'serve' | 'drain'
  readonly name: string
  readonly url: string
  readonly schema: string
  readonly callers: number
  /** The point at which the worker kills itself, when it reaches it for the `after`th time. */
  readonly killAt?: KillPoint
  readonly after: number
}
