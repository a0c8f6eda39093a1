import type { Command } from '../change/message/command.ts'
import type { Event } from '../change/message/event.ts'
import type { Rejection } from '../change/message/rejection.ts'
import type { Actor } from '../model/value/principal.ts'
import type { Denied } from '../policy/decision/decision.ts'
import type { Who } from '../policy/request/request.ts'
import type { PolicyUnavailable } from './unavailable.ts'

type BodyOf<C> = C extends unknown ? Omit<C, 'actor' | 'at'> & { readonly actor?: never; readonly at?: never } : never

/** A command without `actor` and `at`, which the engine sets. */
export type CommandBody = BodyOf<Command>

/** Who gives a command, and how it is executed. Has exactly one of `actor` and `who`. */
export type ExecuteOptions = {
  /**
   * Idempotency key: the same command with the same id takes effect once, and a retry returns the first result. 1 to 256
   * printable characters. Default: a new id, which only the engine's own retries use.
   */
  readonly id?: string | undefined
  /** Executes the command only if the policy is at this version. Default: at any version. */
  readonly expectVersion?: number | undefined
} & (
  | {
      /** The actor, which the host has authenticated. `system` stands for the host itself. */
      readonly actor: Actor
      readonly who?: undefined
      readonly caller?: undefined
    }
  | {
      /** The caller, as in `applyAs`: a principal, or a credential that must be valid. */
      readonly who: Who
      /**
       * Names the caller where a retry with the same `id` is compared with the first call. Give it if the caller may retry
       * with another credential, and name each set of powers differently. Default: `who`.
       */
      readonly caller?: string | undefined
      readonly actor?: undefined
    }
)

/** The result of `execute`. A result with `ok: false` changed nothing, unless `outcome` is `unknown`. */
export type Executed =
  | {
      readonly ok: true
      /** The version of the policy after the commit. Pass it as `atLeast` to see the change on any node. */
      readonly version: number
      /** The events that the commands caused. Empty if the policy already was as the commands ask. */
      readonly events: readonly Event[]
      /** Whether an earlier call with the same id already made the change. */
      readonly replay: boolean
    }
  | {
      readonly ok: false
      readonly reason: 'rejected'
      readonly rejection: Rejection
      /** The index of the rejected command in the list. 0 for a single command. */
      readonly index: number
    }
  | { readonly ok: false; readonly reason: 'denied'; readonly denial: Denied; readonly index: number }
  /** The options are malformed. */
  | { readonly ok: false; readonly reason: 'options_invalid'; readonly message: string }
  /** The policy is at `version` and not at `expectVersion`. */
  | { readonly ok: false; readonly reason: 'version_conflict'; readonly version: number }
  /** The id belongs to another command. */
  | { readonly ok: false; readonly reason: 'command_id_reused' }
  /** Other writers changed the policy at every try. Retry later. */
  | { readonly ok: false; readonly reason: 'contended'; readonly message: string }
  | (PolicyUnavailable & {
      /**
       * Whether the change may have taken effect, by this call or, with an `id`, by an earlier one. After `unknown`, repeat
       * the call with the same id.
       */
      readonly outcome: 'not_applied' | 'unknown'
      /** The id of the command. */
      readonly id: string
    })
