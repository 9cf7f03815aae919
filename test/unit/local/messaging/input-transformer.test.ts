import { expect, test } from 'vitest';
import { compileTransformer } from '../../../../local/messaging/input-transformer.ts';

const event = { detail: { data: { kind: 'COUNT_DIFFERS', units: 3, sku: 'a "b"' } } };
const textOf = (template: string, InputPathsMap: Record<string, string>) =>
  compileTransformer({ InputPathsMap, InputTemplate: JSON.stringify(template) })(event);

test('replaces each variable by the value at its path', () => {
  const text = textOf('<kind>: <units> of <sku>\nSee docs/runbook/<kind>.md.', {
    kind: '$.detail.data.kind',
    units: '$.detail.data.units',
    sku: '$.detail.data.sku',
  });

  expect(text).toBe('COUNT_DIFFERS: 3 of a "b"\nSee docs/runbook/COUNT_DIFFERS.md.');
});

test('replaces a variable whose path is not in the event by nothing', () => {
  expect(textOf('[<absent>]', { absent: '$.detail.other.kind' })).toBe('[]');
});

test('inserts an object as JSON', () => {
  expect(textOf('<detail>', { detail: '$.detail' })).toBe(JSON.stringify(event.detail));
});

test('returns a template without variables as it is', () => {
  expect(compileTransformer({ InputTemplate: '"as it is"' })(event)).toBe('as it is');
});

test('rejects a variable without a path', () => {
  expect(() => compileTransformer({ InputTemplate: '"<other>"' })).toThrow(
    'input transformer: unknown variable <other>',
  );
});
