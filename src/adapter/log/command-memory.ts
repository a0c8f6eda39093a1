import type { CommittedCommand } from '../../port/repository.ts'

/** The number of command ids that are remembered at least. */
const remembered = 10_000

/** Remembers the last 10,000 command ids at least, and 20,000 at most. */
export class CommandMemory {
  #young = new Map<string, CommittedCommand>()
  #old: ReadonlyMap<string, CommittedCommand> = new Map()

  get(id: string): CommittedCommand | undefined {
    return this.#young.get(id) ?? this.#old.get(id)
  }

  /** Adds a command. Does nothing for an id that is remembered. */
  set(id: string, command: CommittedCommand): void {
    if (this.get(id) !== undefined) return
    if (this.#young.size >= remembered) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(id, command)
  }

  /** Returns the last 10,000 commands, in order. */
  latest(): readonly (readonly [id: string, command: CommittedCommand])[] {
    return [...this.#old, ...this.#young].slice(-remembered)
  }
}
