export type Side = 'client' | 'server';

/**
 * What is looked for in the bytes of one direction. As a list, one entry a byte, and `undefined` fits any; it may lie across chunks.
 * As a function it is asked about each chunk as it was read, and stands for the whole chunk.
 */
export type BytePattern = ArrayLike<number | undefined> | ((chunk: Buffer) => boolean);

export interface CutOptions {
  /** The side that the bytes are going to. */
  readonly towards: Side;
  /** Whether the pattern still reaches that side before the connection is cut. */
  readonly deliver: boolean;
}

/** `COMMIT` as a simple query of Postgres, which is how node-postgres sends it, and TypeORM with it. Goes towards the server. */
export const postgresCommit: BytePattern = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1');

const any = undefined;

/** A broker's confirm, the whole frame: method 80 (ack) of class 60 (basic) on any channel, of any delivery tag. Goes towards the client. */
export const brokerConfirm: BytePattern = [
  ...[1, any, any, 0, 0, 0, 13], // a method frame, its channel, its size
  ...[0, 60, 0, 80],
  ...[any, any, any, any, any, any, any, any, any], // delivery tag, and whether it stands for those before it, too
  0xce, // the end of a frame
];

/** Where a pattern lies in a chunk: `start` is 0 when it began in a chunk before. */
export interface Hit {
  readonly start: number;
  readonly end: number;
}

/** A trap for a pattern, in every connection at once. It closes once. */
export class Cut {
  /** True once it has cut; false when the proxy was healed or ended before. */
  readonly fired: Promise<boolean>;
  settle!: (hasFired: boolean) => void;

  constructor(
    readonly pattern: BytePattern,
    readonly options: CutOptions,
  ) {
    this.fired = new Promise((done) => {
      this.settle = done;
    });
  }
}

/** Looks for one pattern in one direction of one connection, chunk after chunk. */
export class PatternSearch {
  private tail = Buffer.alloc(0);

  constructor(private readonly pattern: BytePattern) {}

  /** The first place in this chunk, or reaching into it. */
  find(chunk: Buffer): Hit | undefined {
    if (typeof this.pattern === 'function') return this.pattern(chunk) ? { start: 0, end: chunk.length } : undefined;
    const { length } = this.pattern;
    const before = this.tail.length;
    const bytes = Buffer.concat([this.tail, chunk]);
    for (let at = 0; at + length <= bytes.length; at++) {
      if (lies(this.pattern, bytes, at)) return { start: Math.max(0, at - before), end: at + length - before };
    }
    this.tail = bytes.subarray(Math.max(0, bytes.length - length + 1));
    return undefined;
  }
}

function lies(pattern: ArrayLike<number | undefined>, bytes: Buffer, at: number): boolean {
  for (let i = 0; i < pattern.length; i++) {
    if (pattern[i] !== undefined && pattern[i] !== bytes[at + i]) return false;
  }
  return true;
}
