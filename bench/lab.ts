import { join } from 'node:path';
import type { OwnBroker, OwnPostgres, System } from '@waybill/testing';
import { startSystem } from '@waybill/testing';
import { giveUp } from './await-row';
import { Program } from './program';
import type { Row } from './row';
import { Service, type ServiceOptions } from './service';

/** One path of Waybill, measured against its limits. */
export interface BenchPath {
  readonly name: string;
  /** What is measured, in one line. */
  readonly does: string;
  run(lab: Lab): Promise<readonly Row[]>;
}

export interface LabOptions {
  readonly broker: OwnBroker;
  readonly postgres: OwnPostgres;
  /** Where services write their logs. */
  readonly logs: string;
  /** Small amounts and one round: shows that everything runs, and measures nothing. */
  readonly isQuick: boolean;
  readonly say: (line: string) => void;
}

/** As shipped: tests use shorter times, and log more. */
const shipped = { LOG_LEVEL: 'info', RETRY_BASE: '1s', NODE_ENV: 'production' };

/** What a path is measured with. Everything that it starts is ended with it. */
export class Lab {
  private readonly ends: (() => Promise<unknown>)[] = [];

  constructor(private readonly options: LabOptions) {}

  get broker(): OwnBroker {
    return this.options.broker;
  }

  get postgres(): OwnPostgres {
    return this.options.postgres;
  }

  get isQuick(): boolean {
    return this.options.isQuick;
  }

  /** @returns the amount for a measurement, or that for a quick look */
  amount(full: number, quick: number): number {
    return this.isQuick ? quick : full;
  }

  say(line: string): void {
    this.options.say(line);
  }

  /** A database and a virtual host, provisioned, with no service running. */
  async system(env: Readonly<Record<string, string>> = {}): Promise<System> {
    const { broker, postgres } = this.options;
    const type = env.RABBITMQ_QUEUE_TYPE ?? broker.queueType;
    const system = await startSystem({
      services: [],
      broker: { ...broker, queueType: type },
      postgresUrl: postgres.url,
      env: { ...shipped, ...env },
    });
    this.atEnd(() => system.end());
    return system;
  }

  /** Starts a built service, as it is shipped; its log goes to a file. */
  async service(options: Omit<ServiceOptions, 'logs'>): Promise<Service> {
    const service = await Service.start({ ...options, logs: this.options.logs });
    this.atEnd(() => service.end());
    return service;
  }

  /** Starts a program of ours, such as a limit, as a process of its own. `main(settings)` of the file runs in it. */
  async program(file: string, settings: object): Promise<Program> {
    const program = await Program.start(join('bench', file), settings, this.options.logs);
    this.atEnd(() => program.end());
    return program;
  }

  /** Has something ended when the path is, the last first. */
  atEnd(end: () => Promise<unknown>): void {
    this.ends.push(end);
  }

  async end(): Promise<void> {
    for (const end of this.ends.splice(0).reverse()) await end();
    giveUp(undefined);
  }

  /**
   * Measures several sides in turns, so that what the machine does meanwhile hits all alike: in each round each side once, and each round
   * begins with another one.
   * @returns each side's results, round by round
   */
  async inTurns<Side extends string>(
    sides: Readonly<Record<Side, () => Promise<number>>>,
    rounds = 3,
  ): Promise<Record<Side, number[]>> {
    const names = Object.keys(sides) as Side[];
    const results = Object.fromEntries(names.map((name) => [name, [] as number[]])) as Record<Side, number[]>;
    const all = this.isQuick ? 1 : rounds;
    for (let round = 0; round < all; round++) {
      for (let turn = 0; turn < names.length; turn++) {
        const name = names[(round + turn) % names.length] as Side;
        const value = await sides[name]();
        results[name].push(value);
        this.say(`round ${round + 1} of ${all}: ${name} ${value.toPrecision(4)}`);
      }
    }
    return results;
  }
}
