import { services } from '@waybill/contracts';
import { clockOffBy, preload, type ServiceProcess } from '@waybill/testing';
import type { Scenario } from '../scenario';

const hour = 3_600_000;
/** Milliseconds by which a line of a log may be late here. */
const late = 60_000;

/** Hours by which each service is off, turn by turn: before, after, and back in time, and right again. */
const turns = [
  [1, -1, 0],
  [-1, 1, 1],
  [0, 0, 0],
] as const;

const clocks: Scenario = {
  name: 'clocks',
  family: 'time-and-load',
  does: 'the clocks of the services are an hour ahead or behind, each otherwise, and jump with each restart',
  isShort: true,
  run: async ({ system, random, more, say }) => {
    const order = random.shuffle(services);
    for (const hours of turns) {
      await Promise.all(order.map((service, at) => restart(system[service], (hours[at] ?? 0) * hour)));
      say(order.map((service, at) => `${service} is ${hours[at]} h ahead`).join(', '));
      await more(5);
    }
  },
};

async function restart(process: ServiceProcess, milliseconds: number): Promise<void> {
  await process.stop();
  const from = process.position;
  await process.start(preload([clockOffBy(milliseconds)]));
  const { time } = await process.line(/./, from);
  if (Math.abs(Date.parse(time) - milliseconds - Date.now()) > late)
    throw new Error(`${process.name} says that it is ${time}`);
}

export const clockScenarios: readonly Scenario[] = [clocks];
