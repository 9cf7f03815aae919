import { describeOperation, type History } from '../history.ts';
import { CLOCK_PRECISION_MILLISECONDS } from './operation-context.ts';

/**
 * Returns responses that contradict their requests, so that no order of operations can explain
 * them: the time of a read, the quantity of a movement, and the movement of a repeat.
 */
export function findContradictions({ operations }: History): string[] {
  const movements = new Map<string, string>();
  return operations.flatMap((recorded) => {
    const { call, end, request, response } = recorded;
    if (response.kind === 'stock') {
      const { asOf } = response.stock;
      return asOf < call - CLOCK_PRECISION_MILLISECONDS || asOf > end + CLOCK_PRECISION_MILLISECONDS
        ? [`read as of a time outside its request: ${describeOperation(recorded)}`]
        : [];
    }
    if (response.kind !== 'stockEntered' || !('key' in request)) return [];
    const units =
      request.kind === 'receive'
        ? request.quantity
        : request.kind === 'adjust'
          ? Math.abs(request.delta)
          : 0;
    const known = movements.get(request.key) ?? response.movementId;
    movements.set(request.key, response.movementId);
    return [
      ...(response.quantity === units
        ? []
        : [`movement of another quantity: ${describeOperation(recorded)}`]),
      ...(known === response.movementId
        ? []
        : [`repeat with another movement: ${describeOperation(recorded)}`]),
    ];
  });
}
