import { checkLinearizability, NEVER, type Operation, type SearchResult } from '../checker.ts';
import { describeOperation, type History, type Request } from '../history.ts';
import {
  balanceOf,
  createInventoryModel,
  type Inventory,
  matchesStock,
} from './inventory-model.ts';
import { factsOf, OperationContext } from './operation-context.ts';
import { commitStep, extendStep, releaseStep, reserveStep } from './reservation-steps.ts';
import { matchesResponse, onlyIf, type Step } from './step-rules.ts';
import { enterStep } from './stock-steps.ts';
import { isSumOfCells, toWindowOperations } from './window-operations.ts';

/** Checks a history of one SKU against the sequential inventory. */
export function checkHistory(history: History): SearchResult {
  const known = factsOf(history);
  const operations = history.operations.flatMap((recorded, index) =>
    toOperations(new OperationContext(history, recorded, known), index),
  );
  return checkLinearizability(operations, createInventoryModel(history.units));
}

/** Returns the operations of a recorded one: none for a read without a response, two for a sum. */
function toOperations(reading: OperationContext, index: number): Operation<Inventory>[] {
  const { recorded, history } = reading;
  const { call, request, response } = recorded;
  const isRead = request.kind === 'read stock' || request.kind === 'read reservation';
  if (reading.isUnknown && isRead) return [];
  const name = describeOperation(recorded);
  const end = reading.isUnknown ? NEVER : recorded.end;
  if (!history.isOneCell && isSumOfCells(recorded)) return toWindowOperations(reading, index);
  return [{ name, call, end, step: stepOf(reading, request) }];

  function stepOf(context: OperationContext, sent: Request): Step {
    switch (sent.kind) {
      case 'receive':
        return enterStep(context, sent.key, sent.quantity);
      case 'adjust':
        return enterStep(context, sent.key, sent.delta);
      case 'reserve':
        return reserveStep(context, sent);
      case 'extend':
        return extendStep(context, sent);
      case 'release':
        return releaseStep(context, sent.id);
      case 'commit':
        return commitStep(context, sent.id);
      case 'read reservation':
        return (state) => onlyIf(state, matchesResponse(context, state.reservations.get(sent.id)));
      case 'read stock':
        return (state) =>
          onlyIf(
            state,
            response.kind === 'stock' &&
              context
                .possibleTimesIn(state)
                .some((now) => matchesStock(balanceOf(state), now, response.stock)),
          );
    }
  }
}
