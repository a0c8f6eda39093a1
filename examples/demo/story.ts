import type { Admin } from './admin.ts'
import type { Page } from './page.ts'
import type { Keys } from './setup.ts'

/** What the steps of the demo share. */
export interface Story {
  readonly page: Page
  /** The URL of the gateway. */
  readonly url: string
  /** The administration API with the token of the administrator. */
  readonly admin: Admin
  readonly keys: Keys
  readonly checks: Checks
}

/** The claims of the demo, and whether each held. */
export class Checks {
  readonly #checked: (readonly [claim: string, isKept: boolean])[] = []

  check(claim: string, isKept: boolean): void {
    this.#checked.push([claim, isKept])
  }

  get isKept(): boolean {
    return this.#checked.every(([, isKept]) => isKept)
  }

  print(page: Page): void {
    for (const [claim, isKept] of this.#checked) page.say(`${isKept ? 'kept' : 'BROKEN'}: ${claim}`)
  }
}
