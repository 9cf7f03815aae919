import { CfnOutput, type Stack } from 'aws-cdk-lib';
import { ServiceFunction } from '../compute/service-function.ts';

/** The functions that `npm run stockbook -- checkout` stops. */
const CHECKOUT_FUNCTIONS = ['PlaceOrder', 'PayOrder'];

/** Adds the output `Function…` for each function of checkout in the stack, with the function's name. */
export function addCheckoutOutputs(stack: Stack): void {
  for (const name of CHECKOUT_FUNCTIONS) {
    const checkoutFunction = stack.node.findChild(name);
    if (!(checkoutFunction instanceof ServiceFunction))
      throw new Error(`${checkoutFunction.node.path} is not a function`);
    new CfnOutput(stack, `Function${name}`, { value: checkoutFunction.functionName });
  }
}
