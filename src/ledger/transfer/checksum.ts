/** A 64-bit checksum over a sequence of strings. Detects accidental damage, not deliberate changes. */
export class Checksum {
  #first = 0x81_1c_9d_c5
  #second = 0x2c_1b_3c_6d

  add(text: string): void {
    let [first, second] = [this.#first, this.#second]
    for (let i = 0; i < text.length; i += 1) {
      const unit = text.charCodeAt(i)
      first = Math.imul(first ^ unit, 0x01_00_01_93)
      second = Math.imul(second ^ unit, 0x85_eb_ca_6b)
      second ^= second >>> 15
    }
    // The length separates the strings, so that shifting a boundary changes the checksum.
    this.#first = Math.imul(first ^ text.length, 0x01_00_01_93)
    this.#second = Math.imul(second ^ text.length, 0xc2_b2_ae_35)
  }

  /** The checksum of all strings added so far, as 16 hexadecimal digits. */
  toString(): string {
    return digits(this.#first) + digits(this.#second)
  }
}

function digits(sum: number): string {
  const stirred = Math.imul(sum ^ (sum >>> 16), 0x85_eb_ca_6b)
  return ((stirred ^ (stirred >>> 13)) >>> 0).toString(16).padStart(8, '0')
}
