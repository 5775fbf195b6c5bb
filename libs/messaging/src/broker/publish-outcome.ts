/**
 * How one publish ended. Only `confirmed` says that the broker has the message; after any of the others it may or may not have it,
 * so the same message id is sent again and the inbox absorbs the duplicate.
 *
 * - `confirmed`: acked by the broker, and not returned before.
 * - `returned`: no queue was bound for it. The broker acks such a message too, after it has returned it (basic.return comes first).
 * - `nacked`: refused by the broker, by all or by some of its queues.
 * - `timed-out`: neither within the confirm timeout, while the connection was not blocked.
 * - `disconnected`: channel or connection was lost, or was not there, before an answer came.
 */
export const publishOutcomes = ['confirmed', 'returned', 'nacked', 'timed-out', 'disconnected'] as const;

export type PublishOutcome =
  | { readonly outcome: 'confirmed'; readonly milliseconds: number }
  | {
      readonly outcome: Exclude<(typeof publishOutcomes)[number], 'confirmed'>;
      readonly reason: string;
      /**
       * AMQP reply code, when the broker closed the channel over one of the messages in flight. 406 says that one of them is at fault
       * itself, without saying which: send them one by one. 403 and 404 are faults of the surroundings.
       */
      readonly code?: number;
    };
