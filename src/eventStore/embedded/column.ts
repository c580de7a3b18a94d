const chunkBits = 16;
const chunkSize = 1 << chunkBits;
const chunkMask = chunkSize - 1;

/** Growing array of 32-bit numbers: 4 bytes an entry, grown by chunks of 256 KiB, so that nothing is ever copied. */
export class Uint32Column {
  private readonly chunks: Uint32Array[] = [];

  /** Zero where nothing was set. */
  get(index: number): number {
    return this.chunks[index >>> chunkBits]?.[index & chunkMask] ?? 0;
  }

  set(index: number, value: number): void {
    const chunk = index >>> chunkBits;
    while (this.chunks.length <= chunk) this.chunks.push(new Uint32Array(chunkSize));
    const values = this.chunks[chunk];
    if (values !== undefined) values[index & chunkMask] = value;
  }

  get bytes(): number {
    return this.chunks.length * chunkSize * 4;
  }
}
