/** What may be said of a broker URL: everything but its password. */
export interface BrokerAddress {
  /** Also the `user-id` that the broker lets this connection stamp. */
  readonly user: string;
  readonly host: string;
  readonly vhost: string;
}

/**
 * Reads an AMQP URL.
 * @throws Error when it is not one or names no user. The message never repeats the URL, because the password stands in it.
 */
export function brokerAddress(url: string): BrokerAddress {
  if (!URL.canParse(url)) throw new Error(wrongUrl);
  const { protocol, username, hostname, port, pathname } = new URL(url);
  if (!['amqp:', 'amqps:'].includes(protocol) || username === '' || hostname === '') throw new Error(wrongUrl);
  return {
    user: decodeURIComponent(username),
    host: `${hostname}:${port || (protocol === 'amqps:' ? 5671 : 5672)}`,
    vhost: decodeURIComponent(pathname.slice(1)) || '/',
  };
}

const wrongUrl = 'The RabbitMQ URL is not of the form amqp://user:password@host:5672/vhost';
