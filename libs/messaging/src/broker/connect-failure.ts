import type { BrokerAddress } from './broker-address';
import type { QueueType } from './topology';

/** Why there is no usable connection, in one line and without the secret. */
export interface ConnectFailure {
  /** The broker was reached and said no (or we did): waiting alone will not help. */
  readonly refused: boolean;
  readonly reason: string;
}

/** The text of a failed attempt to connect, and what to do about it. */
export function connectFailure(error: Error & { code?: string }, address: BrokerAddress): ConnectFailure {
  const { user, host, vhost } = address;
  const refused = (reason: string): ConnectFailure => ({ refused: true, reason });
  if (error.message.includes('ACCESS-REFUSED')) {
    return refused(`The broker at ${host} refused the login of ${user}: check user and password in the RabbitMQ URL`);
  }
  // The broker closes the connection over its vhost, and amqplib keeps the broker's words to itself.
  if (error.message.startsWith('Expected ConnectionOpenOk')) {
    return refused(
      `The broker at ${host} does not let ${user} into the vhost ${vhost}, or has none: run the provision job, or correct the RabbitMQ URL`,
    );
  }
  return { refused: false, reason: `The broker at ${host} cannot be reached (${error.code ?? error.message})` };
}

/**
 * Whether this broker can carry these queues. Before 4.3 a quorum queue takes priorities as two levels at best, silently.
 * @returns what is wrong and what to do, or undefined.
 */
export function versionRefusal(version: string | undefined, queueType: QueueType): string | undefined {
  if (queueType === 'classic') return undefined;
  const [major = 0, minor = 0] = (version ?? '').split('.').map(Number);
  if (major > 4 || (major === 4 && minor >= 3)) return undefined;
  return `The broker is RabbitMQ ${version ?? 'of an unknown version'}, and quorum queues have strict priorities only from 4.3 on: upgrade it, or set RABBITMQ_QUEUE_TYPE=classic`;
}
