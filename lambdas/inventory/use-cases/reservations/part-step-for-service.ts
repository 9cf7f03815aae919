import type { PartStepRequest } from '../../../contracts/api/reservations.ts';
import type { Result } from '../../../shared/core/result.ts';
import type { CommandContext } from '../../domain/ledger/decision.ts';
import type { Reservation } from '../../domain/ledger/reservation.ts';
import type { PartStepError, TakePartStep } from '../../domain/reservations/part-step.ts';
import type { StockStore } from '../ports.ts';
import { takePartStep } from './change-reservation.ts';
import { ownerFor } from './owner-of-caller.ts';

/** Request of a service for a step. `caller.id` is its ARN. */
type ServiceStep = Pick<CommandContext, 'now' | 'correlationId'> & {
  readonly params: { readonly reservationId: string };
  readonly body: PartStepRequest;
  readonly caller: { readonly id: string };
  readonly idempotency: { readonly fingerprint: string };
};

/** Ships or releases units of a committed reservation for the service that owns it. */
export const takePartStepForService = (
  store: StockStore,
  kind: TakePartStep['kind'],
  { params: { reservationId }, body, caller, idempotency, correlationId, now }: ServiceStep,
): Promise<Result<Reservation, PartStepError>> =>
  takePartStep(store, {
    ...body,
    reservationId,
    kind,
    fingerprint: idempotency.fingerprint,
    owner: ownerFor(reservationId, caller.id),
    by: caller.id,
    correlationId,
    now,
  });
