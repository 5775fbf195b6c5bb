import { type CrashPoint, type MessageStep, messageSteps } from './message-step';

const form = /^(before|after):([a-z-]+)(?::([1-9]\d{0,8}))?$/;

/** Come by without a message too, for they look for one: they count once this process has taken a step of any message. */
const looks: ReadonlySet<string> = new Set<MessageStep>(['claimed', 'overdue']);

/** What amqplib was given by then is on its way to the broker one turn of the event loop later, and no answer to it is read before that. */
const onTheWire: ReadonlySet<string> = new Set([
  ...(['confirmed', 'returned', 'nacked', 'timed-out', 'disconnected'] satisfies MessageStep[]).map(
    (outcome) => `before:${outcome}`,
  ),
  'after:acked',
]);

/**
 * Where a process is to die by SIGKILL, for tests of what survives that.
 * @param text `before:STEP` or `after:STEP`, with `:N` for the Nth time that the process comes there; default the first.
 * @throws Error when it is neither.
 */
export function crashPoint(text: string, die: () => void = killThisProcess): CrashPoint {
  const [, wantedMoment, wantedStep, times = '1'] = form.exec(text) ?? [];
  if (!messageSteps.some((step) => step === wantedStep)) {
    throw new Error(
      `"${text}" is no crash point. It must be before:STEP or after:STEP, with :N for the Nth time, and STEP one of ${messageSteps.join(', ')}`,
    );
  }
  const point = `${wantedMoment}:${wantedStep}`;
  let left = Number(times);
  let idle = true;
  return (moment, step) => {
    if (moment === 'after') idle = false;
    if (moment !== wantedMoment || step !== wantedStep) return;
    if (moment === 'before' && idle && looks.has(step)) return;
    if (--left !== 0) return;
    if (onTheWire.has(point)) process.nextTick(setImmediate, die);
    else die();
  };
}

function killThisProcess(): void {
  process.kill(process.pid, 'SIGKILL');
  // Nothing may run on while the signal is on its way.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}
