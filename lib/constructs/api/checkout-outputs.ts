import { CfnOutput, type Stack } from 'aws-cdk-lib';
import type { ServiceFunction } from '../compute/service-function.ts';

/**
 * Adds the output `Function…` with the name of each function that `npm run stockbook -- checkout`
 * stops.
 */
export function addCheckoutOutputs(stack: Stack, functions: readonly ServiceFunction[]): void {
  for (const { node, functionName } of functions)
    new CfnOutput(stack, `Function${node.id}`, { value: functionName });
}
