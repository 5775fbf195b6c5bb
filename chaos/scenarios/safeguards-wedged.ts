import { NackingProxy } from '../nacking-proxy';
import type { Scenario } from '../scenario';

export const wedgedScenarios: readonly Scenario[] = [
  {
    name: 'wedged-channel',
    family: 'broker',
    does: 'a channel gets nothing but nacks, for as long as it is open, while a new one would get acks',
    recoversWithin: 45,
    run: async ({ broker, system, more, say }) => {
      const { order } = system;
      const { hostname, port } = new URL(broker.amqpUrl);
      const proxy = await NackingProxy.start({ host: hostname, port: Number(port) });
      await order.stop();
      await order.start({ RABBITMQ_URL: proxy.through(system.brokerUrl('order')) });
      const from = order.position;
      await order.step({ step: 'confirmed' }, from);
      proxy.wedge();
      await order.step({ step: 'nacked' }, from);
      await more(10);
      say(`wedged: ${proxy.nacks} acks have become nacks`);
    },
  },
];
