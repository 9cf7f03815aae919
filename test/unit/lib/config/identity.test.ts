import { describe, expect, test } from 'vitest';
import { configError, configErrorOf, configOf } from './config-of.ts';

const issuers = (
  customerAudience: string,
  staffAudience: string,
  staffIssuer = 'https://issuer.example',
) => ({
  customerIssuer: 'https://issuer.example',
  customerAudience,
  staffIssuer,
  staffAudience,
});

describe.each(['customer', 'staff'] as const)('an external issuer for %s', (caller) => {
  const issuerKey = `${caller}Issuer` as const;
  const audienceKey = `${caller}Audience` as const;

  test('is accepted for one class of callers, with one or more audiences', () => {
    const config = configOf({
      [issuerKey]: 'https://issuer.example/pool',
      [audienceKey]: 'one,two',
    });

    expect(config).toMatchObject({
      [issuerKey]: 'https://issuer.example/pool',
      [audienceKey]: ['one', 'two'],
    });
    expect(config).not.toHaveProperty(caller === 'staff' ? 'customerIssuer' : 'staffIssuer');
  });

  test('may use http on the loopback address, as in the local runtime', () => {
    const url = 'http://127.0.0.1:3000/issuer';

    expect(configOf({ [issuerKey]: url, [audienceKey]: 'shop' })[issuerKey]).toBe(url);
  });

  test('requires its audience', () => {
    const together = configError(`${issuerKey} and ${audienceKey} must be set together`);

    expect(configErrorOf({ [issuerKey]: 'https://issuer.example' })).toBe(together);
    expect(configErrorOf({ [audienceKey]: 'shop' })).toBe(together);
  });

  test.each([
    'http://issuer.example',
    'issuer.example',
    'https://issuer.example pool',
    'http://127.0.0.1.example',
  ])('must be an https URL, not %s', (url) => {
    expect(configErrorOf({ [issuerKey]: url, [audienceKey]: 'shop' })).toBe(
      configError(`${issuerKey} must be an https URL, not ${JSON.stringify(url)}`),
    );
  });

  test.each(['shop, warehouse', 'shop,', ',shop', 'shop warehouse'])(
    'has no audience %j',
    (audience) => {
      expect(
        configErrorOf({ [issuerKey]: 'https://issuer.example', [audienceKey]: audience }),
      ).toBe(
        configError(
          `${audienceKey} must be one or more audiences separated by commas, not ${JSON.stringify(audience)}`,
        ),
      );
    },
  );

  test('must itself have the client for programs', () => {
    const external = { [issuerKey]: 'https://issuer.example', [audienceKey]: 'shop' };

    expect(configErrorOf({ ...external, machineClients: 'staff,customer' })).toBe(
      configError(`machineClients cannot name ${caller}: create the client at ${issuerKey}`),
    );
  });
});

describe('one external issuer for customers and staff', () => {
  test('must have different audiences for them', () => {
    expect(configOf(issuers('shop', 'warehouse,office'))).toMatchObject({
      customerAudience: ['shop'],
      staffAudience: ['warehouse', 'office'],
    });
  });

  test.each([['https://issuer.example'], ['https://issuer.example/']])(
    'must not have one audience in both lists (%s)',
    (staffIssuer) => {
      expect(configErrorOf(issuers('shop,both', 'both,warehouse', staffIssuer))).toBe(
        configError(
          'customerAudience and staffAudience must not share both: customerIssuer and staffIssuer are the same, ' +
            "so staff routes would accept a customer's token",
        ),
      );
    },
  );

  test('two issuers may use the same name for an audience', () => {
    expect(configOf(issuers('shop', 'shop', 'https://staff.example')).staffAudience).toEqual([
      'shop',
    ]);
  });
});

describe('machineClients', () => {
  test.each([
    ['', []],
    ['staff', ['staff']],
    ['customer', ['customer']],
    ['customer,staff', ['customer', 'staff']],
    ['staff,staff', ['staff']],
  ])('%j is %j', (machineClients, expected) => {
    expect(configOf({ machineClients }).machineClients).toEqual(expected);
  });

  test.each(['all', 'staff, customer', 'staff,', 'true'])('%j is an error', (machineClients) => {
    expect(configErrorOf({ machineClients })).toBe(
      configError(
        `machineClients must be one or more of staff, customer, separated by commas, not "${machineClients}"`,
      ),
    );
  });
});

test.each(['callbackUrls', 'staffCallbackUrls'] as const)('%s: every URL is checked', (key) => {
  expect(configOf({ [key]: 'https://a.example/in,http://localhost:1/in' })[key]).toEqual([
    'https://a.example/in',
    'http://localhost:1/in',
  ]);
  for (const urls of [
    'https://a.example,b',
    'https://a.example,',
    'https://a.example,,https://b.example',
  ])
    expect(configErrorOf({ [key]: urls })).toBe(
      configError(`${key} must be URLs separated by commas, not "${urls}"`),
    );
});

test.each(['shop', 'shop@', 'Shop <shop@mail.example>', 'a@b.example,c@d.example'])(
  'signUpEmailFrom is one address, not %j',
  (signUpEmailFrom) => {
    expect(configErrorOf({ signUpEmailFrom })).toBe(
      configError(
        `signUpEmailFrom must be an e-mail address, not ${JSON.stringify(signUpEmailFrom)}`,
      ),
    );
  },
);
