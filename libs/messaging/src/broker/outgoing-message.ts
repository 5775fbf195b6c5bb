/** A message on its way to the broker. Always sent persistent and mandatory, with the sender's broker user as `user-id`. */
export interface OutgoingMessage {
  readonly exchange: string;
  readonly routingKey: string;
  readonly messageId: string;
  readonly type: string;
  /** 0 to 4. */
  readonly priority: number;
  readonly correlationId: string;
  readonly headers: Readonly<Record<string, string | number>>;
  readonly body: Buffer;
}
