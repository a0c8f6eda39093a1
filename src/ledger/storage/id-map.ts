/**
 * The maximum number of rows in one Map. Growing a larger Map causes a pause, and a Map cannot hold more than 2^24
 * rows.
 */
const mapLimit = 2 ** 22

/**
 * A map of rows by id that can exceed the size limit of a JavaScript `Map`. Consists of several Maps, and adds new rows
 * to the last of them.
 */
export class IdMap<Row> {
  readonly #maps: Map<string, Row>[] = [new Map()]
  #last = new Map<string, Row>()

  constructor() {
    this.#maps[0] = this.#last
  }

  get(id: string): Row | undefined {
    const row = this.#last.get(id)
    return row !== undefined || this.#maps.length === 1 ? row : this.#search(id)
  }

  /** Adds a row for an id that does not have a row yet. */
  add(id: string, row: Row): void {
    if (this.#last.size >= mapLimit) {
      this.#last = new Map()
      this.#maps.push(this.#last)
    }
    this.#last.set(id, row)
  }

  /** Replaces the row of an id that already has a row. */
  set(id: string, row: Row): void {
    const map = this.#maps.length === 1 ? this.#last : this.#maps.find((one) => one.has(id))
    ;(map ?? this.#last).set(id, row)
  }

  delete(id: string): void {
    const at = this.#maps.findIndex((map) => map.delete(id))
    const map = this.#maps[at]
    if (map !== undefined && map !== this.#last && map.size === 0) this.#maps.splice(at, 1)
  }

  *values(): IterableIterator<Row> {
    for (const map of this.#maps) yield* map.values()
  }

  #search(id: string): Row | undefined {
    for (const map of this.#maps) {
      const row = map.get(id)
      if (row !== undefined) return row
    }
    return undefined
  }
}
