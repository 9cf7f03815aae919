import type { ContextReader } from './context-reader.ts';
import { keysOf, type Options } from './option.ts';

export const ACCESS_OPTIONS = {
  issuer: {
    meaning: 'https URL of the OIDC issuer whose tokens the API accepts; with `audience`',
    fallback: 'a Cognito user pool that the app creates',
  },
  audience: { meaning: 'audiences that a token may have, separated by commas', fallback: 'none' },
  callbackUrls: {
    meaning: 'URLs to which the user pool may send a person back after signing in, separated by commas',
    fallback: '`http://localhost:3000/callback`',
  },
  domainName: {
    meaning:
      'domain name of the API; with `certificateArn`. Point an alias record to the output `DomainTarget`',
    fallback: 'the name that API Gateway gives',
  },
  certificateArn: { meaning: 'ARN of a certificate for it in ACM, in the same region', fallback: 'none' },
} as const satisfies Options<string>;
export const ACCESS_KEYS = keysOf(ACCESS_OPTIONS);

export type AccessConfig = {
  /** The issuer of tokens; undefined for a Cognito user pool that the app creates. */
  readonly issuer?: { readonly url: string; readonly audience: readonly string[] };
  /** URLs to which the user pool may send a person back after signing in. */
  readonly callbackUrls: readonly string[];
  /** The API's own domain name; undefined for the name that API Gateway gives. */
  readonly domain?: { readonly name: string; readonly certificateArn: string };
};

type Reader = ContextReader<keyof typeof ACCESS_OPTIONS>;

/** Reads who may call the API, and by which name. */
export function accessConfig(read: Reader): AccessConfig {
  // API Gateway accepts https issuers only; the issuer of a local runtime is http on the loopback address.
  const issuer = read.text('issuer', /^(https:\/\/|http:\/\/127\.0\.0\.1:)\S+$/, 'an https URL');
  const audience = read.text('audience', /^[^\s,]+(,[^\s,]+)*$/, 'one or more audiences separated by commas');
  read.together('issuer', 'audience');
  const urls = /^https?:\/\/[^\s,]+(,https?:\/\/[^\s,]+)*$/;
  const callbackUrls =
    read.text('callbackUrls', urls, 'URLs separated by commas') ?? 'http://localhost:3000/callback';
  const name = read.text('domainName', /^(?=.{1,253}$)([a-z0-9-]{1,63}\.)+[a-z]{2,63}$/, 'a domain name');
  const certificate = /^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate\/\S+$/;
  const certificateArn = read.text('certificateArn', certificate, 'the ARN of a certificate in ACM');
  read.together('domainName', 'certificateArn');
  return {
    ...(issuer === undefined || audience === undefined
      ? {}
      : { issuer: { url: issuer, audience: audience.split(',') } }),
    callbackUrls: callbackUrls.split(','),
    ...(name === undefined || certificateArn === undefined ? {} : { domain: { name, certificateArn } }),
  };
}
