import { availableAt, withChange } from './inventory-model.ts';
import type { OperationContext } from './operation-context.ts';
import { isExactRejection, onlyIf, type Step } from './step-rules.ts';

/** Returns the step of a receipt or an adjustment. */
export const enterStep =
  (reading: OperationContext, key: string, delta: number): Step =>
  (state) => {
    const { response } = reading.recorded;
    if (state.keys.has(key))
      return onlyIf(state, response.kind === 'stockEntered' || reading.isUnknown);
    const hasEnough =
      delta >= 0 || reading.possibleTimesIn(state).some((now) => availableAt(state, now) >= -delta);
    const keys = reading.isRepeated(key) ? new Set([...state.keys, key]) : state.keys;
    const entered = onlyIf(
      withChange(state, { ...state, units: state.units + delta, keys }),
      hasEnough,
    );
    if (reading.isUnknown) return [state, ...entered];
    return response.kind === 'stockEntered'
      ? entered
      : onlyIf(state, isExactRejection(reading, state, -delta));
  };
