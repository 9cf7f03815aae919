import { describe, expect, test } from 'vitest';
import { LAYERS, layerOf, violationsOf } from './import-rules.ts';
import { parseImports, readSources, UNRESOLVED_IMPORT } from './sources.ts';

const sources = readSources(
  'lambdas',
  'lib',
  'bin',
  'local',
  'cli',
  'client/{src,generate}',
  'examples',
);

describe('the program', () => {
  test('has only imports that the layer of each file allows', () => {
    expect(sources.flatMap(violationsOf)).toEqual([]);
  });

  test('is read completely: every layer, and a minimum of files and imports', () => {
    const layers = new Set(sources.map(({ file }) => layerOf(file)));
    const imports = sources.flatMap(({ text }) => parseImports(text));

    expect([...layers].sort()).toEqual([...LAYERS].sort());
    expect(sources.length).toBeGreaterThan(150);
    expect(imports.length).toBeGreaterThan(600);
    expect(imports.filter(({ isType }) => isType).length).toBeGreaterThan(100);
  });
});

const DOMAIN = 'lambdas/orders/domain/order.ts';
const USE_CASE = 'lambdas/orders/use-cases/ports.ts';
const ADAPTER = 'lambdas/orders/adapters/order-items.ts';
const HANDLER = 'lambdas/orders/handlers/checkout/pay-order.ts';
const WIRING = 'lambdas/orders/wiring.ts';
const CONTRACT = 'lambdas/contracts/events.ts';
const EXAMPLE = 'examples/own-orders/own-orders.mjs';
const SHARED = 'lambdas/shared/http/problem-details.ts';

describe('a planted import is a violation:', () => {
  test.each([
    ['a domain and a package', DOMAIN, 'zod/mini'],
    ['a domain and AWS', DOMAIN, '@aws-sdk/lib-dynamodb'],
    ['a domain and Node', DOMAIN, 'node:crypto'],
    ['a domain and the clock', DOMAIN, '../../shared/core/clock.ts'],
    [
      'a domain and a shared file that is not for domains',
      DOMAIN,
      '../../shared/core/fingerprint.ts',
    ],
    ['a domain and the contracts', DOMAIN, '../../contracts/events.ts'],
    ['a domain and its use-cases', DOMAIN, '../use-cases/ports.ts'],
    ['a domain and another context', DOMAIN, '../../inventory/domain/cell.ts'],
    ['a use-case and its adapters', USE_CASE, '../adapters/order-items.ts'],
    ['a use-case and its wiring', USE_CASE, '../wiring.ts'],
    ['a use-case and a handler', USE_CASE, '../handlers/checkout/pay-order.ts'],
    ['a use-case and the clock', USE_CASE, '../../shared/core/clock.ts'],
    ['a use-case and a package', USE_CASE, 'zod/mini'],
    ['a use-case and another context', USE_CASE, '../../payments/use-cases/ports.ts'],
    ['an adapter and a use-case', ADAPTER, '../use-cases/pay-order.ts'],
    ['an adapter and its wiring', ADAPTER, '../wiring.ts'],
    ['an adapter and middy', ADAPTER, '@middy/core'],
    ['an adapter and another context', ADAPTER, '../../inventory/adapters/stock-items.ts'],
    ['a wiring and a use-case', WIRING, './use-cases/pay-order.ts'],
    ['a wiring and the domain', WIRING, './domain/order.ts'],
    ['a wiring and another context', WIRING, '../inventory/wiring.ts'],
    ['an example and the program', EXAMPLE, '../../lambdas/contracts/primitives.ts'],
    ['a handler and an adapter', HANDLER, '../../adapters/order-items.ts'],
    ['a handler and the domain', HANDLER, '../../domain/order.ts'],
    ['a handler and AWS', HANDLER, '@aws-sdk/client-sfn'],
    ["a handler and another context's wiring", HANDLER, '../../../payments/wiring.ts'],
    ['a handler and event types at run time', HANDLER, 'aws-lambda'],
    ['a contract and a context', CONTRACT, '../orders/domain/order.ts'],
    ['a contract and a shared file', CONTRACT, '../shared/http/problem.ts'],
    ['a contract and AWS', CONTRACT, '@aws-sdk/client-eventbridge'],
    ['shared and a context', SHARED, '../../orders/domain/order.ts'],
    ['shared and the contracts', SHARED, '../../contracts/events.ts'],
    ['shared and the CDK', SHARED, 'aws-cdk-lib'],
    ['a shared file for domains and the clock', 'lambdas/shared/core/result.ts', './clock.ts'],
    ['a shared file for domains and Node', 'lambdas/shared/core/instant.ts', 'node:crypto'],
    ['a shared file for use-cases and the clock', 'lambdas/shared/core/errors.ts', './clock.ts'],
    ['a shared file for use-cases and AWS', 'lambdas/shared/core/page.ts', '@aws-sdk/lib-dynamodb'],
    [
      'the stacks and a handler',
      'lib/stacks/orders-stack.ts',
      '../../lambdas/orders/handlers/checkout/pay-order.ts',
    ],
    ['the stacks and shared', 'lib/stacks/orders-stack.ts', '../../lambdas/shared/core/result.ts'],
    ['the stacks and the local runtime', 'lib/config.ts', '../local/runtime.ts'],
    ['the app and a context', 'bin/app.ts', '../lambdas/contracts/events.ts'],
    ['the app and the local runtime', 'bin/app.ts', '../local/runtime.ts'],
    ['the local runtime and a context', 'local/runtime.ts', '../lambdas/orders/wiring.ts'],
    ['the local runtime and the contracts', 'local/runtime.ts', '../lambdas/contracts/events.ts'],
    ['the local runtime and the stacks', 'local/runtime.ts', '../lib/stockbook.ts'],
    ['the local runtime and the CDK', 'local/runtime.ts', 'aws-cdk-lib'],
    ['any file and a test', 'lib/config.ts', '../test/support/synth.ts'],
  ])('%s', (_case, file, specifier) => {
    const violations = violationsOf({ file, text: `import { planted } from '${specifier}';\n` });

    expect(violations).toEqual([expect.stringContaining(`${file} (`)]);
  });

  test('an import by a computed name', () => {
    const violations = violationsOf({ file: 'local/runtime.ts', text: 'await import(name);' });

    expect(violations).toEqual([`local/runtime.ts (local) imports ${UNRESOLVED_IMPORT}`]);
  });

  test('a file that has no layer', () => {
    const file = 'lambdas/orders/utils/helpers.ts';

    expect(violationsOf({ file, text: '' })).toEqual([`${file} has no layer`]);
  });
});

describe('a planted import is allowed:', () => {
  test.each([
    ['a file of the same domain', DOMAIN, "import { total } from './money.ts';"],
    [
      'a shared file for domains',
      DOMAIN,
      "import type { Result } from '../../shared/core/result.ts';",
    ],
    ['the domain of a use-case', USE_CASE, "import { pay } from '../domain/customer-steps.ts';"],
    [
      'the ports, in an adapter',
      ADAPTER,
      "import type { OrderStore } from '../use-cases/ports.ts';",
    ],
    [
      'a bundle, in the worker that runs bundles',
      'local/functions/function-worker.ts',
      'await import(bundle);',
    ],
    ['the SDK, in an adapter', ADAPTER, "import { GetCommand } from '@aws-sdk/lib-dynamodb';"],
    [
      'the adapters of a wiring',
      WIRING,
      "import { DynamoOrderStore } from './adapters/dynamo-order-store.ts';",
    ],
    ['the wiring of a handler', HANDLER, "import { orderStore } from '../../wiring.ts';"],
    ["the types of Lambda's events", HANDLER, "import type { SQSEvent } from 'aws-lambda';"],
    [
      'the CDK, in a stack',
      'lib/stacks/orders-stack.ts',
      "import { Policy } from 'aws-cdk-lib/aws-iam';",
    ],
  ])('%s', (_case, file, text) => {
    expect(violationsOf({ file, text })).toEqual([]);
  });
});

describe('an import is recognized:', () => {
  const value = { specifier: './a.ts', isType: false };
  const type = { specifier: './a.ts', isType: true };
  const unreadable = { specifier: UNRESOLVED_IMPORT, isType: false };

  test.each([
    ['a name', "import { a } from './a.ts';", [value]],
    ['a default', "import a from './a.ts';", [value]],
    ['a namespace', "import * as a from './a.ts';", [value]],
    ['a default and names', "import a, { b } from './a.ts';", [value]],
    ['names on several lines', "import {\n  a,\n  type B,\n} from './a.ts';", [value]],
    ['without a space', "import{a}from'./a.ts';", [value]],
    ['in double quotes', 'import { a } from "./a.ts";', [value]],
    ['for its side effect', "import './a.ts';", [value]],
    ['a type', "import type { A } from './a.ts';", [type]],
    ['a name marked `type`', "import { type A } from './a.ts';", [value]],
    ['a re-export', "export { a } from './a.ts';", [value]],
    ['a re-export of everything', "export * from './a.ts';", [value]],
    ['a re-export of a type', "export type { A } from './a.ts';", [type]],
    ['dynamic', "const a = await import('./a.ts');", [value]],
    ['dynamic, in a template', 'const a = await import(`./a.ts`);', [value]],
    ['the type of a dynamic import', "type A = import('./a.ts').A;", [value]],
    ['two imports', "import { a } from './a.ts';\nexport type { A } from './a.ts';", [value, type]],
    [
      'after another statement',
      "const b = 1; import { a } from './a.ts';",
      [unreadable, unreadable],
    ],
    ['by a computed name', 'const a = await import(name);', [unreadable]],
    ['by require', "const a = require('./a.ts');", [unreadable]],
  ])('%s', (_case, text, expected) => {
    expect(parseImports(text)).toEqual(expected);
  });

  test.each([
    ['in a comment', "// import { a } from './a.ts';\n/*\nimport { b } from './b.ts';\n*/"],
    ['in a string', `const text = "import { a } from './a.ts';";`],
    ['of the module itself', 'const here = import.meta.url;'],
    [
      'an export that imports nothing',
      "export const a = 'a';\nexport type B = Pick<C, 'from' | 'to'>;",
    ],
  ])('but no import %s', (_case, text) => {
    expect(parseImports(text)).toEqual([]);
  });
});
