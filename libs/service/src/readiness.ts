import { types } from 'node:util';

/** What one part of a service says about itself, by name of the check. */
export type Checks = Record<string, { readonly status: 'up' | 'down'; readonly reason?: string }>;

/** A part of the service that can tell whether it works. Must not throw for what it is there to find out. */
export interface HealthCheck {
  check(): Promise<Checks>;
}

/**
 * - `ok`: everything works.
 * - `degraded`: something is down that the service can do without for a while. It still takes requests.
 * - `unavailable`: it cannot do its work; send requests elsewhere.
 */
export type ReadinessStatus = 'ok' | 'degraded' | 'unavailable';

export interface Readiness {
  readonly status: ReadinessStatus;
  readonly checks: Checks;
}

/** Injection token of {@link ReadinessChecks}. */
export const READINESS_CHECKS = Symbol('READINESS_CHECKS');

export interface ReadinessChecks {
  readonly required: readonly HealthCheck[];
  /** Down, they make the service `degraded` and no worse. */
  readonly degrading: readonly HealthCheck[];
}

/** Milliseconds that a check may take before it counts as down. */
const deadline = 2_000;

export async function readinessOf({ required, degrading }: ReadinessChecks): Promise<Readiness> {
  const [needed, wanted] = await Promise.all([answersOf(required), answersOf(degrading)]);
  const status = !allUp(needed) ? 'unavailable' : !allUp(wanted) ? 'degraded' : 'ok';
  return { status, checks: { ...needed, ...wanted } };
}

async function answersOf(checks: readonly HealthCheck[]): Promise<Checks> {
  const answers = await Promise.all(checks.map(answerInTime));
  return Object.assign({}, ...answers);
}

/** A check that takes too long, or throws, is down under its class's name (`DatabaseHealth` is `database`). */
async function answerInTime(check: HealthCheck): Promise<Checks> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${deadline} ms`)), deadline);
  });
  try {
    return await Promise.race([check.check(), late]);
  } catch (error) {
    const name = check.constructor.name.replace(/Health$/, '').toLowerCase();
    return { [name]: { status: 'down', reason: types.isNativeError(error) ? error.message : String(error) } };
  } finally {
    clearTimeout(timer);
  }
}

function allUp(checks: Checks): boolean {
  return Object.values(checks).every(({ status }) => status === 'up');
}
