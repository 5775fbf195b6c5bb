import type { ServiceName } from '@waybill/contracts';
import { bindingVersion } from './binding-version';
import type { DescribedChannel } from './channels';

/** What each service does at a channel, by `<service>.send.<channel>` and `<service>.receive.<channel>`. */
export function describeOperations(channel: DescribedChannel): [string, object][] {
  return (['send', 'receive'] as const).flatMap((action) =>
    channel[action].services.map((service): [string, object] => [
      `${service}.${action}.${channel.key}`,
      {
        action,
        summary: channel[action].summary,
        channel: { $ref: `#/channels/${channel.key}` },
        messages: [{ $ref: `#/channels/${channel.key}/messages/${channel.messageType}` }],
        tags: [{ name: service }],
        bindings: { amqp: { ...(action === 'send' ? publish(service) : { ack: true }), bindingVersion } },
      },
    ]),
  );
}

function publish(service: ServiceName): object {
  return { userId: service, deliveryMode: 2, mandatory: true, timestamp: true };
}
