import { describe, expect, test } from 'vitest';
import { homeCellKey } from '../../../../lambdas/inventory/domain/ledger/cell.ts';
import { rejectUnconfirmed } from '../../../../lambdas/inventory/domain/ledger/decision.ts';
import {
  decideAdjust,
  decideReceive,
} from '../../../../lambdas/inventory/domain/stock/stock-entry.ts';
import {
  aCell,
  adjustCommand,
  aLocation,
  aStockItem,
  changeOf,
  receiveCommand,
  stateWith,
} from '../../../support/inventory.ts';

const UNKNOWN = rejectUnconfirmed({ kind: 'unknownLocation', locationIds: ['annex'] });
const atAnnex = { locationId: 'annex' } as const;
const created = aLocation({ name: 'annex', correlationId: 'corr-1' });

describe('a stock entry', () => {
  test('at an unknown location is rejected', () => {
    const state = stateWith([aCell({ available: 9 })], { sku: aStockItem() });

    expect([
      decideReceive(state, receiveCommand(atAnnex)),
      decideReceive(state, receiveCommand({ ...atAnnex, createLocation: false })),
      decideAdjust(state, adjustCommand({ ...atAnnex, delta: 1 })),
      decideAdjust(state, adjustCommand({ ...atAnnex, delta: -1 })),
    ]).toEqual([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
  });

  test('for an unknown SKU at an unknown location is rejected for the SKU', () => {
    const receipt = receiveCommand({ ...atAnnex, createSku: false });

    expect(decideReceive(stateWith([]), receipt)).toEqual(rejectUnconfirmed({ kind: 'notFound' }));
  });

  test('with createLocation creates the location with default settings', () => {
    const state = stateWith([aCell()], { sku: aStockItem() });

    const change = changeOf(
      decideReceive(state, receiveCommand({ ...atAnnex, createLocation: true })),
    );

    expect(change.newLocation).toEqual(created);
    expect(change.stockItem?.after.locations).toEqual(['main', 'annex']);
    expect(change.cells).toMatchObject([{ cell: homeCellKey('tea', 'annex'), available: 5 }]);
  });

  test('with createLocation and createSku creates both', () => {
    const change = changeOf(
      decideReceive(stateWith([]), receiveCommand({ ...atAnnex, createLocation: true })),
    );

    expect(change.newLocation).toEqual(created);
    expect(change.stockItem?.after.locations).toEqual(['main', 'annex']);
  });

  test('at a location on record writes no location', () => {
    const state = stateWith([aCell()], { sku: aStockItem(), locations: [aLocation()] });

    const change = changeOf(
      decideReceive(state, receiveCommand({ ...atAnnex, createLocation: true })),
    );

    expect(change).not.toHaveProperty('newLocation');
  });

  test.each([false, true])('at main needs no record (createLocation: %s)', (createLocation) => {
    const state = stateWith([aCell()], { sku: aStockItem() });

    const change = changeOf(decideReceive(state, receiveCommand({ createLocation })));

    expect(change).not.toHaveProperty('newLocation');
  });

  test('at a location of the SKU whose record was lost is accepted, and createLocation restores it', () => {
    const cells = [aCell(), aCell({ ...atAnnex, available: 3 })];
    const state = stateWith(cells, { sku: aStockItem({ locations: ['main', 'annex'] }) });
    const receive = (createLocation: boolean) =>
      changeOf(decideReceive(state, receiveCommand({ ...atAnnex, createLocation })));

    expect(receive(false)).not.toHaveProperty('newLocation');
    expect(receive(true)).toMatchObject({ newLocation: created, cells: [{ isNew: false }] });
    expect(
      changeOf(decideAdjust(state, adjustCommand({ ...atAnnex, delta: -1 }))).cells,
    ).toMatchObject([{ cell: homeCellKey('tea', 'annex'), available: -1 }]);
  });
});
