/**
 * Faults of the process itself, that come with its environment: modules that Node runs before the program, so that the program is the
 * very build that is shipped. A program that starts another Node with its own environment hands them on.
 */

/** A module for `--import`, as a URL without spaces or quotes. */
export type Preload = string;

/**
 * The environment that runs them, in their order, after what `given` asks of Node. Spread it behind `given`, because NODE_OPTIONS is one
 * variable: the last one stands.
 */
export function preload(
  preloads: readonly Preload[],
  given: Readonly<Record<string, string | undefined>> = {},
): { NODE_OPTIONS: string } {
  const own = given.NODE_OPTIONS ? [given.NODE_OPTIONS] : [];
  return { NODE_OPTIONS: [...own, ...preloads.map((url) => `--import ${url}`)].join(' ') };
}

/**
 * The wall clock of JavaScript is off by so many milliseconds, ahead or, if negative, behind: whatever asks `Date`. Timers, `performance`
 * and `process.hrtime` run as ever, and so do the few places where Node or the engine asks the system: the `Date` header of HTTP, and
 * `Intl.DateTimeFormat` when it is given no date.
 */
export function clockOffBy(milliseconds: number): Preload {
  return moduleUrl(`
    const RealDate = Date;
    const realNow = Date.now;
    const now = () => realNow() + ${milliseconds};
    RealDate.now = now;
    globalThis.Date = RealDate.prototype.constructor = new Proxy(RealDate, {
      apply: () => new RealDate(now()).toString(),
      construct: (target, given, made) => Reflect.construct(target, given.length > 0 ? given : [now()], made),
    });
  `);
}

/** On each SIGUSR2 the event loop stands still for so many seconds, busy. */
export function blockOnSigusr2(seconds: number): Preload {
  return moduleUrl(`
    process.on('SIGUSR2', () => {
      const end = performance.now() + ${seconds * 1000};
      while (performance.now() < end);
    });
  `);
}

/** On each SIGWINCH, which is ignored otherwise, all garbage is collected: what memory is left is memory that is held. */
export function collectOnSigwinch(): Preload {
  return moduleUrl(`
    import { setFlagsFromString } from 'node:v8';
    import { runInNewContext } from 'node:vm';
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc');
    process.on('SIGWINCH', () => collect());
  `);
}

function moduleUrl(source: string): Preload {
  return `data:text/javascript,${encodeURIComponent(source)}`;
}
