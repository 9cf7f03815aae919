import { type Mutant, ofTemplates } from './mutant.ts';

/** Settings of the templates that Lambda and API Gateway act on by themselves. */
export const OF_RUNTIME: readonly Mutant[] = [
  ofTemplates('stacks/reconciliation-stack')(
    'Lambda stops the reconciler in the middle of a large part',
    '        recursiveLoop: RecursiveLoop.ALLOW,\n',
    '',
  ),
];
