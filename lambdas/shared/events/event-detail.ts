/**
 * The `detail` of every event on the bus. The id is derived from the record and its version, so a
 * repeated event has the same id.
 */
export type EventDetail<Data> = {
  readonly eventId: string;
  readonly version: 1;
  /** ISO 8601. */
  readonly occurredAt: string;
  readonly correlationId: string;
  readonly data: Data;
};
