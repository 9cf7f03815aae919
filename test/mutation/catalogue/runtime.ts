import { inCli, inTemplates, type Mutant } from '../mutant.ts';

const checkout = inCli('checkout-switch');

/**
 * Settings that Lambda and API Gateway act on by themselves, and the command that changes one of
 * them.
 */
export const RUNTIME_MUTANTS: readonly Mutant[] = [
  inTemplates('stacks/reconciliation-stack')(
    'Lambda stops the reconciler in the middle of a large part',
    '    recursiveLoop: RecursiveLoop.ALLOW,\n',
    '',
  ),
  inTemplates('constructs/api/cors-preflight')(
    'pages of every origin may call the API',
    'allowOrigins: [...origins],',
    "allowOrigins: ['*'],",
  ),
  checkout(
    'a stop of checkout lets one order at a time through',
    'ReservedConcurrentExecutions: 0 }',
    'ReservedConcurrentExecutions: 1 }',
  ),
  checkout(
    'a start of checkout takes limits away that were no stop',
    '      if (stopped.includes(name))\n',
    '',
  ),
  checkout(
    'checkout counts as stopped when payments go on',
    "stopped.length === functions.length ? 'stopped'",
    "stopped.length > 0 ? 'stopped'",
  ),
];
