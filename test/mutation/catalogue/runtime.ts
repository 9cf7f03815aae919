import { inCli, inTemplates, type Mutant } from '../mutant.ts';

const checkout = inCli('checkout-switch');

/**
 * Settings that Lambda and API Gateway act on by themselves, and the command that changes one of
 * them.
 */
export const RUNTIME_MUTANTS: readonly Mutant[] = [
  inTemplates('stacks/reconciliation-stack')(
    'Lambda stops the reconciler in the middle of a large segment',
    '    recursiveLoop: RecursiveLoop.ALLOW,\n',
    '',
  ),
  inTemplates('constructs/api/cors-preflight')(
    'pages of any origin may call the API',
    'allowOrigins: [...origins],',
    "allowOrigins: ['*'],",
  ),
  checkout(
    'stopping checkout lets one order at a time through',
    'ReservedConcurrentExecutions: 0 }',
    'ReservedConcurrentExecutions: 1 }',
  ),
  checkout(
    'starting checkout removes limits that did not stop it',
    '      if (stopped.includes(name))\n',
    '',
  ),
  checkout(
    'checkout counts as stopped while payments continue',
    "stopped.length === functions.length ? 'stopped'",
    "stopped.length > 0 ? 'stopped'",
  ),
];
