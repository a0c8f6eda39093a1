/**
 * A column of values for up to 65,535 rows, written once per row in increasing order. Each run of equal values is stored
 * once, so that a value repeated in many rows costs two bytes per row. The value of a skipped row is `undefined`.
 */
export class RunColumn<Value> {
  /** For each row, the index of its value in `#values`. */
  readonly #runs: Uint16Array
  readonly #values: (Value | undefined)[] = [undefined]

  constructor(rows: number) {
    this.#runs = new Uint16Array(rows)
  }

  set(row: number, value: Value | undefined): void {
    if (value === undefined) return
    const last = this.#values.length - 1
    if (this.#values[last] === value) {
      this.#runs[row] = last
      return
    }
    this.#values.push(value)
    this.#runs[row] = last + 1
  }

  get(row: number): Value | undefined {
    return this.#values[this.#runs[row] ?? 0]
  }
}
