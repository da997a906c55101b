/** Seeds, written as `1-304 306`. */
export class SeedSet {
  private readonly seeds = new Set<number>();

  constructor(text = '') {
    for (const range of text.split(' ').filter((each) => each !== '')) {
      const [first, last = first] = range.split('-').map(Number);
      for (let seed = Number(first); seed <= Number(last); seed += 1) this.seeds.add(seed);
    }
  }

  get size(): number {
    return this.seeds.size;
  }

  has(seed: number): boolean {
    return this.seeds.has(seed);
  }

  add(seed: number): void {
    this.seeds.add(seed);
  }

  delete(seed: number): void {
    this.seeds.delete(seed);
  }

  toString(): string {
    const ranges: [number, number][] = [];
    for (const seed of [...this.seeds].sort((a, b) => a - b)) {
      const latest = ranges.at(-1);
      if (latest?.[1] === seed - 1) latest[1] = seed;
      else ranges.push([seed, seed]);
    }
    return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(' ');
  }
}
