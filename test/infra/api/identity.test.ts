import { beforeAll, describe, expect, test } from 'vitest';
import { outputsOf, synthesizeTemplates } from '../../support/infra/synthesize-templates.ts';
import {
  type Resource,
  readProperties,
  resourcesOf,
  resourcesOfType,
} from '../../support/infra/templates.ts';
import {
  BOTH_ISSUERS,
  CONFIGURED_CONTEXT,
  CUSTOMER_ISSUER,
  CUSTOMER_SCOPES,
  clientsOf,
  Pool,
  STAFF_ISSUER,
  STAFF_SCOPES,
  withoutServerId,
} from './identity-resources.ts';

const LOOPBACK = 'http://localhost:8765/callback';

let dev: readonly Resource[];
let configured: readonly Resource[];

beforeAll(() => {
  dev = resourcesOf(synthesizeTemplates());
  configured = resourcesOf(synthesizeTemplates(CONFIGURED_CONTEXT));
});

describe('a user pool', () => {
  const poolsOf = (resources: readonly Resource[]) =>
    Object.fromEntries(
      resourcesOfType(resources, 'AWS::Cognito::UserPool').map((pool) => [
        pool.name,
        { ...pool, ...readProperties(Pool, pool) },
      ]),
    );
  const CUSTOMERS = 'shared/CustomerPool/Users';
  const STAFF = 'shared/StaffPool/Users';

  test('of customers allows sign-up with an optional second factor', () => {
    expect(poolsOf(dev)[CUSTOMERS]).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: false },
      MfaConfiguration: 'OPTIONAL',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
  });

  test('of staff has only users created by an administrator, each with an authenticator app', () => {
    expect(poolsOf(dev)[STAFF]).toMatchObject({
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    });
  });

  test('has its own domain with a prefix that is unique to the stage', () => {
    const prefixes = resourcesOfType(configured, 'AWS::Cognito::UserPoolDomain').map(
      ({ properties }) => properties.Domain,
    );

    expect(prefixes).toEqual([
      'stockbook-prod-<AccountId>-customer',
      'stockbook-prod-<AccountId>-staff',
    ]);
  });

  test('is deleted with the stack of a trial stage, and retained and protected in prod', () => {
    const ends = (resources: readonly Resource[]) =>
      Object.values(poolsOf(resources)).map(({ deletionPolicy, properties }) => [
        deletionPolicy,
        properties.DeletionProtection,
      ]);

    expect(ends(dev)).toEqual([
      ['Delete', 'INACTIVE'],
      ['Delete', 'INACTIVE'],
    ]);
    expect(ends(configured)).toEqual([
      ['Retain', 'ACTIVE'],
      ['Retain', 'ACTIVE'],
    ]);
  });

  test('sends mail with Cognito, or with SES from the configured domain', () => {
    const emails = (resources: readonly Resource[]) =>
      Object.values(poolsOf(resources)).map(({ properties }) => properties.EmailConfiguration);
    const throughSes = {
      EmailSendingAccount: 'DEVELOPER',
      From: 'shop@mail.shop.example',
      SourceArn: 'arn:<Partition>:ses:<Region>:<AccountId>:identity/mail.shop.example',
    };

    expect(emails(dev)).toEqual([undefined, undefined]);
    expect(emails(configured)).toEqual([throughSes, throughSes]);
  });
});

describe('a client of a user pool', () => {
  const summaryOf = (resources: readonly Resource[]) =>
    Object.fromEntries(
      clientsOf(resources).map(
        ({ name, AllowedOAuthFlows, AllowedOAuthScopes, GenerateSecret }) => [
          name,
          {
            flows: AllowedOAuthFlows,
            scopes: AllowedOAuthScopes.map(withoutServerId),
            hasSecret: GenerateSecret === true,
          },
        ],
      ),
    );
  const people = {
    'shared/CustomerPool/Users/People': {
      flows: ['code'],
      scopes: ['openid', ...CUSTOMER_SCOPES],
      hasSecret: false,
    },
    'shared/StaffPool/Users/People': {
      flows: ['code'],
      scopes: ['openid', ...STAFF_SCOPES],
      hasSecret: false,
    },
  };

  test('is for people with the scopes of their class; by default none is for machines', () => {
    expect(summaryOf(dev)).toEqual(people);
  });

  test('for machines is created in each configured pool', () => {
    expect(summaryOf(configured)).toEqual({
      ...people,
      'shared/CustomerPool/Users/Machine': {
        flows: ['client_credentials'],
        scopes: CUSTOMER_SCOPES,
        hasSecret: true,
      },
      'shared/StaffPool/Users/Machine': {
        flows: ['client_credentials'],
        scopes: STAFF_SCOPES,
        hasSecret: true,
      },
    });
    expect(Object.keys(summaryOf(resourcesOf(synthesizeTemplates(CUSTOMER_ISSUER))))).toEqual([
      'shared/StaffPool/Users/People',
      'shared/StaffPool/Users/Machine',
    ]);
  });

  test('redirects to the address of `npm run stockbook -- token`, or to the configured one', () => {
    const callbacksOf = (resources: readonly Resource[]) =>
      clientsOf(resources)
        .filter(({ name }) => name.endsWith('/People'))
        .map(({ CallbackURLs }) => CallbackURLs);

    expect(callbacksOf(dev)).toEqual([[LOOPBACK], [LOOPBACK]]);
    expect(callbacksOf(configured)).toEqual([
      ['https://shop.example/in', 'https://app.shop.example/in'],
      ['https://warehouse.example/in'],
    ]);
  });
});

describe('the outputs of the shared stack', () => {
  const identityOf = (context: Readonly<Record<string, string>>) =>
    Object.keys(outputsOf(synthesizeTemplates(context).shared))
      .filter((name) => /^(Customer|Staff)[A-Z]/.test(name))
      .sort();
  const ofPool = (caller: string) =>
    ['CallbackUrls', 'ClientId', 'IssuerUrl', 'LoginUrl', 'Scopes', 'UserPoolId'].map(
      (name) => caller + name,
    );

  test('contain what a sign-in needs', () => {
    expect(identityOf({})).toEqual([...ofPool('Customer'), ...ofPool('Staff')]);
    expect(identityOf(CONFIGURED_CONTEXT)).toEqual(
      [
        ...ofPool('Customer'),
        'CustomerMachineClientId',
        ...ofPool('Staff'),
        'StaffMachineClientId',
      ].sort(),
    );
    expect(identityOf(BOTH_ISSUERS)).toEqual(['CustomerIssuerUrl', 'StaffIssuerUrl']);
  });

  test('contain the scopes in the form of a token', () => {
    const outputs = outputsOf(synthesizeTemplates({}).shared);

    expect(outputs.StaffScopes).toBe(STAFF_SCOPES.map((scope) => `stockbook/${scope}`).join(' '));
    expect(outputs.CustomerScopes).toBe('stockbook/orders');
    expect(outputs.StaffCallbackUrls).toBe(LOOPBACK);
  });

  test('keep the exports of the other stacks with any issuer', () => {
    const exportsOf = (context: Readonly<Record<string, string>>) =>
      Object.keys(outputsOf(synthesizeTemplates(context).shared)).filter((name) =>
        name.startsWith('Exports'),
      );

    const own = exportsOf({});
    for (const context of [CUSTOMER_ISSUER, STAFF_ISSUER, BOTH_ISSUERS])
      expect(exportsOf(context)).toEqual(own);
  });
});
