import { expect, test } from 'vitest';
import { actionsInBundle, isNameOf } from '../../../../local/faults/nameable-calls.ts';

const MINIFIED =
  'var Yc=class extends Ke(gv,He,"TransactWriteItems",oR){static{n(this,"TransactWriteItemsCommand")}};' +
  'var Zd=class extends Ab{static{n(this,"TransactWriteCommand")}};' +
  'var Q="PutEvents",R="GetStage";if(f("Other",g)){h()}';
const PLAIN = `var PutItemCommand = class extends command(_ep0, _mw0, "PutItem", PutItem$) {
};
var InvokeCommand = class extends command(_ep0, _mw0, "Invoke", Invoke$) {
};`;

test.each([
  ['minified', MINIFIED, ['TransactWriteItems']],
  ['plain', PLAIN, ['POST /2015-03-31/functions/{functionName}/invocations', 'PutItem']],
  ['empty', '', []],
])('finds the commands of the SDK in a bundle that is %s', (_case, code, expected) => {
  expect(actionsInBundle(code)).toEqual(expected);
});

test.each([
  ['PutItem', true],
  ['PutItems', false],
  ['PUT /reservations/{reservationId}', true],
  ['PUT /reservations/{id}', true],
  ['PUT /reservations/ord_1', true],
  ['POST /reservations/ord_1', false],
  ['PUT /reservations', false],
  ['PUT /reservation/ord_1', false],
  ['GET /audit/{part}', true],
  ['GET /audit/orders', false],
])('%s is the name of a call that can be made: %s', (name, isName) => {
  const calls = ['PutItem', 'PUT /reservations/{reservationId}', 'GET /audit/cells'];

  expect(isNameOf(name, calls)).toBe(isName);
});
