import { expect, test } from 'vitest';
import {
  CALL_NAME,
  type CallFault,
  callsLeft,
  createCounter,
  type FunctionCall,
  takeCallFault,
} from '../../../../local/faults/call-fault.ts';

const aFault = (over: Partial<CallFault> = {}): CallFault => ({
  call: 'PutItem',
  callText: undefined,
  kind: 'error',
  delayMilliseconds: 0,
  left: createCounter(1),
  ...over,
});
const PUT_ITEM: FunctionCall = {
  method: 'POST',
  path: '/',
  target: 'DynamoDB_20120810.PutItem',
  body: '{"TableName":"payments-provider"}',
};
const RESERVE: FunctionCall = {
  method: 'PUT',
  path: '/reservations/ord_1?dry=1',
  target: undefined,
  body: '{"lines":[]}',
};

test.each<[string, FunctionCall, boolean]>([
  ['PutItem', PUT_ITEM, true],
  ['PutEvents', PUT_ITEM, false],
  ['Item', PUT_ITEM, false],
  ['POST /', PUT_ITEM, true],
  ['PUT /reservations/{reservationId}', RESERVE, true],
  ['PUT /reservations/ord_1', RESERVE, true],
  ['PUT /reservations/ord_2', RESERVE, false],
  ['PUT /reservations', RESERVE, false],
  ['PUT /reservations/{reservationId}/extension', RESERVE, false],
  ['DELETE /reservations/{reservationId}', RESERVE, false],
])('the name %s, for the call %j, hits: %s', (call, made, isHit) => {
  const fault = aFault({ call });

  expect(takeCallFault([fault], made)).toBe(isHit ? fault : undefined);
});

test.each([
  ['payments-provider', PUT_ITEM, true],
  ['payments-other', PUT_ITEM, false],
  ['ord_1', { ...RESERVE, target: PUT_ITEM.target }, true],
])('the text %s, for the call %j, hits: %s', (callText, made, isHit) => {
  const fault = aFault({ callText });

  expect(takeCallFault([fault], made)).toBe(isHit ? fault : undefined);
});

test('counts calls down, and then takes the next fault', () => {
  const [first, second] = [aFault({ left: createCounter(2) }), aFault({ kind: 'crash' })];

  const taken = [1, 2, 3, 4].map(() => takeCallFault([first, second], PUT_ITEM)?.kind);

  expect(taken).toEqual(['error', 'error', 'crash', undefined]);
  expect([first, second].map(({ left }) => callsLeft(left))).toEqual([0, 0]);
});

test.each([
  ['TransactWriteItems', true],
  ['PUT /reservations/{reservationId}', true],
  ['transactWriteItems', false],
  ['PUT reservations', false],
  ['PUT', true],
  ['/reservations', false],
])('%s is the name of a call: %s', (name, isName) => {
  expect(CALL_NAME.test(name)).toBe(isName);
});
