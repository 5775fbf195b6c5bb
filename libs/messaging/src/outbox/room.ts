/** Counts what is under way, and lets whoever needs room for more wait for it. */
export class Room {
  private taken = 0;
  private waiting: { readonly places: number; readonly go: () => void }[] = [];

  /** @param places how many may be under way at a time. */
  constructor(private readonly places: number) {}

  get free(): number {
    return this.places - this.taken;
  }

  enter(count: number): void {
    this.taken += count;
  }

  leave(count: number): void {
    this.taken -= count;
    if (this.waiting.length === 0) return;
    const [ready, others] = [this.waiting, [] as typeof this.waiting];
    this.waiting = others;
    for (const waiter of ready) {
      if (waiter.places <= this.free) waiter.go();
      else others.push(waiter);
    }
  }

  /** Resolves when so many places are free. */
  async until(places: number): Promise<void> {
    if (places <= this.free) return;
    await new Promise<void>((go) => {
      this.waiting.push({ places, go });
    });
  }

  /** Resolves when nothing is under way. */
  async empty(): Promise<void> {
    await this.until(this.places);
  }
}
