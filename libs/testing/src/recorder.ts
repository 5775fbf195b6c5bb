/** How long a spec waits for what it says will come. */
const patience = 20_000;

/** Keeps what it is told, in order, and lets a spec await a certain value instead of sleeping. */
export class Recorder<Value> {
  readonly values: Value[] = [];
  private readonly waiting = new Set<() => void>();

  /** Bound, so that it can be handed over as a listener. */
  readonly record = (value: Value): void => {
    this.values.push(value);
    for (const look of this.waiting) look();
  };

  /**
   * The first value that fits, among those recorded from position `from` on.
   * @param within milliseconds, after which it rejects and says what came instead.
   */
  until(fits: (value: Value) => boolean, from = 0, within = patience): Promise<Value> {
    let position = from;
    return this.when(() => {
      const offset = this.values.slice(position).findIndex(fits);
      if (offset >= 0) return this.values[position + offset];
      position = this.values.length;
      return undefined;
    }, within);
  }

  /** The first `count` values, once there are so many. */
  first(count: number): Promise<Value[]> {
    return this.when(() => (this.values.length >= count ? this.values.slice(0, count) : undefined));
  }

  /** The next value that fits and is recorded after this call. */
  next(fits: (value: Value) => boolean = () => true): Promise<Value> {
    return this.until(fits, this.values.length);
  }

  private when<Result>(look: () => Result | undefined, within = patience): Promise<Result> {
    return new Promise((resolve, reject) => {
      const found = () => {
        const result = look();
        if (result === undefined) return;
        clearTimeout(timer);
        this.waiting.delete(found);
        resolve(result);
      };
      const timer = setTimeout(() => {
        this.waiting.delete(found);
        reject(new Error(`Not seen within ${within} ms; seen: ${JSON.stringify(this.values.slice(-10))}`));
      }, within).unref();
      this.waiting.add(found);
      found();
    });
  }
}
