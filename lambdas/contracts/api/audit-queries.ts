import * as z from 'zod/mini';
import { PlaceId, Sku, wholeNumberText } from '../primitives.ts';

/** Maximum records of an audit page, and maximum ids of one request. */
export const AUDIT_ITEMS_MAX = 100;
export const AUDIT_SEGMENTS_MAX = 64;

/** Id of an order (up to 64 characters), or of a payment: `<orderId>-<attempt>`. */
const AuditId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,79}$/));
const commaSeparated = <Item extends z.ZodMiniType<unknown, string>>(item: Item) =>
  z.pipe(
    z.string(),
    z.pipe(
      z.transform((text: string) => text.split(',')),
      z.array(item).check(z.minLength(1), z.maxLength(AUDIT_ITEMS_MAX)),
    ),
  );

const segmentQuery = {
  segment: z._default(wholeNumberText(0, AUDIT_SEGMENTS_MAX - 1), 0),
  segments: z._default(wholeNumberText(1, AUDIT_SEGMENTS_MAX), 1),
  cursor: z.optional(z.string().check(z.maxLength(1024))),
};
const isSegmentInRange = z.refine<{ readonly segment: number; readonly segments: number }>(
  ({ segment, segments }) => segment < segments,
  { path: ['segment'], error: 'must be below segments' },
);

/** Query for a page of a scan, or for the records of `ids`. */
export const AuditQuery = z
  .strictObject({ ...segmentQuery, ids: z.optional(commaSeparated(AuditId)) })
  .check(isSegmentInRange);
export type AuditQuery = z.infer<typeof AuditQuery>;

export const ReservationAuditQuery = z.strictObject({ ids: commaSeparated(AuditId) });

export const CellAuditQuery = z
  .strictObject({
    ...segmentQuery,
    /** Reads each cell from its first movement and ignores its checkpoint. */
    full: z.optional(z.literal('true')),
    /** One cell only. */
    sku: z.optional(Sku),
    locationId: z.optional(PlaceId),
    shard: z.optional(wholeNumberText(0, AUDIT_SEGMENTS_MAX)),
    /** Reservations that may have changed the cell without recording a movement. */
    suspectReservationIds: z.optional(commaSeparated(AuditId)),
  })
  .check(isSegmentInRange);
export type CellAuditQuery = z.infer<typeof CellAuditQuery>;
