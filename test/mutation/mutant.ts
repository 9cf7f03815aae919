/** One protection to remove from the source, and the tests that must then fail. */
export type Mutant = {
  /** Defect that the mutant introduces, as a statement. */
  readonly name: string;
  readonly file: string;
  /** Occurs exactly once in the file. */
  readonly from: string;
  readonly to: string;
  /** Test file filters per stage, fastest first. A stage runs only if all earlier ones passed. */
  readonly testStages: readonly (readonly string[])[];
};

export const inFile =
  (file: string, testStages: Mutant['testStages']) =>
  (name: string, from: string, to: string): Mutant => ({
    name,
    file,
    from,
    to,
    testStages,
  });

const SIMULATION_TESTS = ['test/simulation', 'test/fault-injection/inventory'];
const BOOK_TESTS = [['test/unit/inventory', 'test/property/inventory'], SIMULATION_TESTS];
/** Unit and property tests cover these files completely; no simulation is needed. */
const CELL_TESTS = [['test/unit/inventory'], ['test/property/inventory']];
/** Conditions and queries of the table, which the simulation and DynamoDB Local check. */
const TABLE_TESTS = [
  ['test/unit/inventory/ledger/change-to-transaction', 'test/unit/inventory/audit'],
  ['test/integration/inventory'],
];
const ORDER_TESTS = [
  ['test/unit/orders', 'test/property/orders'],
  [
    'test/fault-injection/orders',
    'test/fault-injection/sagas',
    'test/chaos',
    'test/integration/orders',
  ],
];
const PAYMENT_TESTS = [
  ['test/unit/payments', 'test/property/payments'],
  ['test/fault-injection/sagas', 'test/integration/payments'],
];
const RECONCILIATION_TESTS = [
  ['test/unit/reconciliation', 'test/unit/inventory'],
  ['test/fault-injection/reconciliation', 'test/integration/reconciliation'],
];
const DEAD_LETTER_TESTS = [['test/unit/dead-letters'], ['test/fault-injection/dead-letters']];
const API_TESTS = [['test/unit/api']];
const CLI_TESTS = [['test/unit/cli', 'test/integration/cli']];
const TEMPLATE_TESTS = [['test/infra', 'test/saga']];

export const inBook = (path: string) => inFile(`lambdas/inventory/${path}.ts`, BOOK_TESTS);
export const inCells = (path: string) => inFile(`lambdas/inventory/${path}.ts`, CELL_TESTS);
export const inInventoryTable = (path: string) =>
  inFile(`lambdas/inventory/${path}.ts`, TABLE_TESTS);
export const inOrders = (path: string) => inFile(`lambdas/orders/${path}.ts`, ORDER_TESTS);
export const inPayments = (path: string) => inFile(`lambdas/payments/${path}.ts`, PAYMENT_TESTS);
export const inReconciliation = (path: string) =>
  inFile(`lambdas/reconciliation/${path}.ts`, RECONCILIATION_TESTS);
/** Counts involve two contexts, so a property test with both of them runs last. */
export const inCounts = (path: string) =>
  inFile(`lambdas/reconciliation/${path}.ts`, [
    ['test/unit/reconciliation'],
    ['test/property/inventory/counts'],
  ]);
export const inTemplates = (path: string) => inFile(`lib/${path}.ts`, TEMPLATE_TESTS);
/** Identity is part of templates, settings and commands. Each file names its own tests. */
export const inIdentity = (file: string, tests: readonly string[]) => inFile(file, [tests]);
/** Builds mutants of a template that only some test files cover. */
export const inInfra = (path: string, tests: readonly string[]) =>
  inFile(`lib/${path}.ts`, [tests]);
export const inShared = (path: string, stages: Mutant['testStages']) =>
  inFile(`lambdas/shared/${path}.ts`, stages);
export const inContracts = (path: string, stages: Mutant['testStages']) =>
  inFile(`lambdas/contracts/${path}.ts`, stages);
export const inDeadLetters = (path: string) =>
  inFile(`lambdas/dead-letters/${path}.ts`, DEAD_LETTER_TESTS);
export const inApi = (path: string) => inFile(`lambdas/api/${path}.ts`, API_TESTS);
export const inCli = (path: string) => inFile(`cli/${path}.ts`, CLI_TESTS);
