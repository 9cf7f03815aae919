import type * as z from 'zod/mini';
import { list, option, optionWithDefault, requireBoth, rule, text } from './option.ts';

/**
 * An https origin, or one of this machine, as a browser sends it: no path and no slash at the end.
 */
const ORIGIN =
  '(https://([a-z0-9-]{1,63}\\.)+[a-z]{2,63}|https?://(localhost|127\\.0\\.0\\.1))(:[1-9][0-9]{0,4})?';

export const ACCESS_OPTIONS = {
  domainName: option(text(/^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'a domain name'), {
    description:
      'Domain name of the API. Requires `certificateArn`. Without `hostedZoneId`, create an alias record (A) for it yourself: its target is the output `DomainAliasTarget`, in the hosted zone `DomainHostedZoneId` (another output)',
    defaultText: 'the domain name that API Gateway assigns',
  }),
  certificateArn: option(
    text(
      /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/\S+$/,
      'the ARN of a certificate in ACM',
    ),
    {
      description: 'ARN of an ACM certificate for `domainName`, in the same region',
      defaultText: 'none',
    },
  ),
  hostedZoneId: option(
    text(/^Z[A-Z0-9]{1,31}$/, 'the ID of a hosted zone, for example Z0123456789ABC'),
    {
      description:
        'ID of the public Route 53 hosted zone of `domainName`, in the same account. The stack creates the alias record in it',
      defaultText: 'none: the stack creates no record',
    },
  ),
  allowedOrigins: optionWithDefault(
    list(
      new RegExp(`^${ORIGIN}(,${ORIGIN})*$`),
      'https origins without a path, or origins on localhost, separated by commas; the wildcard * is not accepted',
    ),
    [],
    {
      description:
        'Origins whose pages may call the API from a browser, separated by commas. Example: `https://shop.example,http://localhost:5173`',
      defaultText: 'none: only pages on the origin of the API may call it',
    },
  ),
};

type AccessOptions = z.output<z.ZodMiniObject<typeof ACCESS_OPTIONS>>;

export const ACCESS_RULES = [
  requireBoth<AccessOptions>('domainName', 'certificateArn'),
  rule<AccessOptions>(['domainName', 'hostedZoneId'], ({ domainName, hostedZoneId }) =>
    hostedZoneId !== undefined && domainName === undefined
      ? 'hostedZoneId is the hosted zone of domainName: set both'
      : undefined,
  ),
];
