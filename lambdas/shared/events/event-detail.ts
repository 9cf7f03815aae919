/** The `detail` of every event on the bus. The id comes from the record and its version: a repeat is the same event. */
export type EventDetail<Data> = {
  readonly eventId: string;
  readonly version: 1;
  /** ISO 8601. */
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly data: Data;
};
