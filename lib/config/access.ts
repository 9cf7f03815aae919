import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const ACCESS_OPTIONS = {
  domainName: {
    meaning:
      'domain name of the API; with `certificateArn`. Without `hostedZoneId`, create an alias record (A) of it yourself: its target is the output `DomainTarget`, in the zone of the output `DomainHostedZoneId`',
    fallback: 'the name that API Gateway gives',
  },
  certificateArn: {
    meaning: 'ARN of a certificate for it in ACM, in the same region',
    fallback: 'none',
  },
  hostedZoneId: {
    meaning:
      'ID of the public hosted zone of `domainName` in Route 53, in the same account. The app creates the alias record in it',
    fallback: 'none: the app creates no record',
  },
  allowedOrigins: {
    meaning:
      'origins whose pages may call the API from a browser, separated by commas: `https://shop.example,http://localhost:5173`',
    fallback: 'none: pages must be served from the origin of the API',
  },
} as const satisfies Options<string>;
export const ACCESS_KEYS = keysOf(ACCESS_OPTIONS);

export type AccessConfig = {
  /** Origins whose scripts may call the API. */
  readonly allowedOrigins: readonly string[];
  /** The API's own domain name; undefined for the name that API Gateway gives. */
  readonly domain?: {
    readonly name: string;
    readonly certificateArn: string;
    /** Hosted zone in which the app creates the alias record; undefined for none. */
    readonly hostedZoneId?: string;
  };
};

type Reader = ContextReader<keyof typeof ACCESS_OPTIONS>;

/** An https origin, or one of this machine, as a browser sends it: no path and no slash at the end. */
const ORIGIN =
  '(https://([a-z0-9-]{1,63}\\.)+[a-z]{2,63}|https?://(localhost|127\\.0\\.0\\.1))(:[1-9][0-9]{0,4})?';
const ORIGINS = new RegExp(`^${ORIGIN}(,${ORIGIN})*$`);
const ORIGINS_MEANING =
  'https origins without a path, or origins on localhost, separated by commas; every origin (*) is not accepted';

/** Reads the name of the API and who may call it from a browser. */
export function accessConfig(read: Reader): AccessConfig {
  const name = read.text(
    'domainName',
    /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/,
    'a domain name',
  );
  const certificate = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/\S+$/;
  const certificateArn = read.text(
    'certificateArn',
    certificate,
    'the ARN of a certificate in ACM',
  );
  read.requireBoth('domainName', 'certificateArn');
  const hostedZoneId = read.text(
    'hostedZoneId',
    /^Z[A-Z0-9]{1,31}$/,
    'the ID of a hosted zone, as Z0123456789ABC',
  );
  if (hostedZoneId !== undefined && name === undefined)
    read.errors.push('hostedZoneId is the zone of domainName: give both');
  const allowedOrigins = read.text('allowedOrigins', ORIGINS, ORIGINS_MEANING)?.split(',') ?? [];
  return {
    allowedOrigins: [...new Set(allowedOrigins)],
    ...(name === undefined || certificateArn === undefined
      ? {}
      : {
          domain: { name, certificateArn, ...(hostedZoneId === undefined ? {} : { hostedZoneId }) },
        }),
  };
}
