import { startServerHost } from './server-host';

/** A Postgres of a spec's own, for what concerns the whole server, such as roles, and for what is done to it. */
export interface OwnPostgres {
  /** Of its superuser. */
  readonly url: string;
  /** As a power cut would; what `durable: false` leaves to the machine's own memory is kept all the same. */
  kill(): Promise<void>;
  /** Cleanly; sessions are ended. */
  stop(): Promise<void>;
  /** With the same data and port, also after `kill`; resolves when it takes connections. */
  start(): Promise<void>;
  /** It keeps its connections and answers nothing, until `resume`. */
  suspend(): Promise<void>;
  resume(): Promise<void>;
  /** Ended without a clean stop, and started: it recovers from its log (`pg_ctl restart -m immediate`). */
  restartImmediate(): Promise<void>;
  /** Of the server and of its children, a child for each session among them. */
  pids(): Promise<number[]>;
  /**
   * Takes all room on the disk that `diskSize` has made. Statements that need room then fail with 53100; where it is the log that needs some
   * (it comes in files of 16 MB), the whole server ends, as it does on any disk: `freeDisk`, then `start`.
   */
  fillDisk(): Promise<void>;
  freeDisk(): Promise<void>;
  /** Delays each call of fsync by so much, so that no commit is faster. Only with `durable: true`; until `restoreFsync`, or the server's end. */
  slowFsync(milliseconds: number): Promise<void>;
  restoreFsync(): Promise<void>;
  /** Ends it and removes its files. @param keepIn a folder that gets them instead */
  end(keepIn?: string): Promise<void>;
}

export interface OwnPostgresOptions {
  /** Whether it flushes what it commits to the disk. Default false: quicker, and no worse for all that is done to it here. */
  readonly durable?: boolean;
  /** Server parameters, such as `max_connections`. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Puts the data on a disk of its own, in memory, that can be filled. An empty server takes about 50 MB. See `whyImpossible('full-disk')`. */
  readonly diskSize?: `${number}MB`;
}

/** Takes about two seconds. */
export async function startOwnPostgres(options: OwnPostgresOptions = {}): Promise<OwnPostgres> {
  const { ask, act, end } = startServerHost();
  try {
    const { url } = await ask<{ url: string }>({ do: 'start', kind: 'postgres', options });
    return {
      url,
      kill: act('kill'),
      stop: act('stop'),
      start: act('start'),
      suspend: act('suspend'),
      resume: act('resume'),
      restartImmediate: act('restartImmediate'),
      pids: () => ask<number[]>({ do: 'pids' }),
      fillDisk: act('fillDisk'),
      freeDisk: act('freeDisk'),
      slowFsync: act('slowFsync'),
      restoreFsync: act('restoreFsync'),
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}
