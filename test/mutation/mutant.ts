/** One thing that protects the books, taken out; and the tests that must notice. */
export type Mutant = {
  /** What is no longer so. */
  readonly name: string;
  readonly file: string;
  /** Stands once in the file. */
  readonly from: string;
  readonly to: string;
  /** Filters of vitest, the quick ones first; the next stage is run where the one before noticed nothing. */
  readonly stages: readonly (readonly string[])[];
};

const inFile =
  (file: string, stages: Mutant['stages']) =>
  (name: string, from: string, to: string): Mutant => ({
    name,
    file,
    from,
    to,
    stages,
  });

const SIMULATED = ['test/simulation', 'test/fault-injection/inventory'];
const BOOK = [['test/unit/inventory', 'test/property/inventory'], SIMULATED];
/** Units and properties see all of it: nothing of it is in the functions. */
const CELLS = [['test/unit/inventory'], ['test/property/inventory']];
const ORDERS = [
  ['test/unit/orders', 'test/property/orders'],
  [
    'test/fault-injection/orders',
    'test/fault-injection/sagas',
    'test/chaos',
    'test/integration/orders',
  ],
];
const PAYMENTS = [
  ['test/unit/payments', 'test/property/payments'],
  ['test/fault-injection/sagas', 'test/integration/payments'],
];
const RUNS = [
  ['test/unit/reconciliation', 'test/unit/inventory'],
  ['test/fault-injection/reconciliation', 'test/integration/reconciliation'],
];
const OPERATIONS = [['test/unit/operations'], ['test/fault-injection/dead-letters']];
const TOOLS = [['test/unit/cli', 'test/integration/cli']];
const TEMPLATES = [['test/infra', 'test/saga']];

export const ofBook = (path: string) => inFile(`lambdas/inventory/${path}.ts`, BOOK);
export const ofCells = (path: string) => inFile(`lambdas/inventory/${path}.ts`, CELLS);
export const ofOrders = (path: string) => inFile(`lambdas/orders/${path}.ts`, ORDERS);
export const ofPayments = (path: string) => inFile(`lambdas/payments/${path}.ts`, PAYMENTS);
export const ofRuns = (path: string) => inFile(`lambdas/reconciliation/${path}.ts`, RUNS);
/** Counts touch two contexts: histories of both see what goes wrong. */
export const ofCounts = (path: string) =>
  inFile(`lambdas/reconciliation/${path}.ts`, [
    ['test/unit/reconciliation'],
    ['test/property/inventory/counts'],
  ]);
export const ofTemplates = (path: string) => inFile(`lib/${path}.ts`, TEMPLATES);
/** Identity is in templates, settings and tools: each file names its tests. */
export const ofIdentity = (file: string, tests: readonly string[]) => inFile(file, [tests]);
/** A part of the templates that single files of tests see. */
export const ofInfra = (path: string, tests: readonly string[]) =>
  inFile(`lib/${path}.ts`, [tests]);
export const ofShared = (path: string, stages: Mutant['stages']) =>
  inFile(`lambdas/shared/${path}.ts`, stages);
export const ofContracts = (path: string, stages: Mutant['stages']) =>
  inFile(`lambdas/contracts/${path}.ts`, stages);
export const ofOperations = (path: string) => inFile(`lambdas/operations/${path}.ts`, OPERATIONS);
export const ofTools = (path: string) => inFile(`cli/${path}.ts`, TOOLS);
