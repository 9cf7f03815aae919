/**
 * Returns the name of a log group into which another service delivers lines. CloudWatch Logs lets
 * services deliver to this prefix; each other name takes room in one policy of 5 120 characters for
 * all groups of a region, which a dozen stages fill.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export const vendedLogGroupName = (stage: string, name: string): string =>
  `/aws/vendedlogs/stockbook-${stage}/${name}`;
