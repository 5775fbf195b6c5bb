/** `quorum` needs RabbitMQ 4.3; `classic` serves older brokers, and confirms without fsync. */
export type QueueType = 'quorum' | 'classic';
