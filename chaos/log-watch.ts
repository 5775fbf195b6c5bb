import type { ServiceName } from '@waybill/contracts';
import { services } from '@waybill/contracts';
import { eventually, type ServiceProcess } from '@waybill/testing';
import type { Arena } from './arena';

/** What the services write from now on, in whatever field of a line it stands. */
export class LogWatch {
  private readonly from: ReadonlyMap<ServiceProcess, number>;

  constructor(private readonly arena: Pick<Arena, 'instances'>) {
    const processes = services.flatMap((service) => [...arena.instances(service)]);
    this.from = new Map(processes.map((process) => [process, process.output.values.length]));
  }

  /** How many lines of a service fit. */
  count(service: ServiceName, text: RegExp): number {
    return this.arena.instances(service).reduce((sum, process) => {
      const since = process.output.values.slice(this.from.get(process) ?? 0);
      return sum + since.filter((line) => text.test(line)).length;
    }, 0);
  }

  /** The services that have written such a line, so many times at least. */
  saidBy(text: RegExp, times = 1): ServiceName[] {
    return services.filter((service) => this.count(service, text) >= times);
  }

  /** Resolves when some service has written such a line, with its name. @param within milliseconds */
  async saidByOne(text: RegExp, within = 10_000): Promise<ServiceName> {
    return await eventually(
      `a service logs ${text}`,
      () => {
        const [first] = this.saidBy(text);
        if (first === undefined) throw new Error('none has');
        return first;
      },
      within,
    );
  }

  /** Resolves when every service has written such a line, so many times at least. @param options.within milliseconds */
  async saidByAll(text: RegExp, { times = 1, within = 40_000 } = {}): Promise<void> {
    await eventually(
      `every service logs ${text}`,
      () => {
        const said = this.saidBy(text, times);
        if (said.length < services.length) throw new Error(`only ${said.join(', ') || 'none'}`);
      },
      within,
    );
  }
}
