/**
 * Returns the name of a log group to which another service delivers lines. CloudWatch Logs allows
 * services to deliver to this prefix. Any other name needs space in one policy of 5 120 characters
 * for all groups of a region, which a dozen stages would fill.
 * https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
 */
export const vendedLogGroupName = (stage: string, name: string): string =>
  `/aws/vendedlogs/stockbook-${stage}/${name}`;
