import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const ACCESS_OPTIONS = {
  domainName: {
    meaning:
      'domain name of the API; with `certificateArn`. Point an alias record to the output `DomainTarget`',
    fallback: 'the name that API Gateway gives',
  },
  certificateArn: { meaning: 'ARN of a certificate for it in ACM, in the same region', fallback: 'none' },
} as const satisfies Options<string>;
export const ACCESS_KEYS = keysOf(ACCESS_OPTIONS);

export type AccessConfig = {
  /** The API's own domain name; undefined for the name that API Gateway gives. */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
};

type Reader = ContextReader<keyof typeof ACCESS_OPTIONS>;

/** Reads the name of the API. */
export function accessConfig(read: Reader): AccessConfig {
  const name = read.text('domainName', /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'a domain name');
  const certificate = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/\S+$/;
  const certificateArn = read.text('certificateArn', certificate, 'the ARN of a certificate in ACM');
  read.together('domainName', 'certificateArn');
  return {
    ...(name === undefined || certificateArn === undefined ? {} : { domain: { name, certificateArn } }),
  };
}
