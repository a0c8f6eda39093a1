/** Wakes one waiter early. A ring without a waiter ends the next wait at once. */
export class Bell {
  #isRung = false
  #wake: (() => void) | undefined

  ring(): void {
    this.#isRung = true
    this.#wake?.()
  }

  /** Waits for a ring, at most for a number of milliseconds. Returns whether the bell was rung. */
  async wait(milliseconds: number): Promise<boolean> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    const isRung = this.#isRung
    this.#isRung = false
    this.#wake = undefined
    return isRung
  }
}
