import * as z from 'zod/mini';
import { NextAction } from '../payment-commands.ts';

/** Payment id: `<orderId>-<attempt>`. */
const PaymentId = z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}-[1-9][0-9]{0,5}$/));
export const PaymentPath = z.strictObject({ paymentId: PaymentId });

export const RequiredActionView = z.object({ nextAction: NextAction });
