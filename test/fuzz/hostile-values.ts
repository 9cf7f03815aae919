import fc from 'fast-check';

const LONG = 300;
const VERY_LONG = 10_000;
const NESTED_DEEP = 10_000;

/** Texts that no client sends by mistake and that code often does not handle. */
export const hostileTexts: readonly string[] = [
  '',
  ' ',
  '0',
  '-1',
  'null',
  'undefined',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u0000',
  'tea\u0000',
  '\r\nx-injected: 1',
  '\u001b[31m',
  '\ud800',
  '\udfff\ud800',
  '\u202e',
  '😀'.repeat(40),
  'a'.repeat(LONG),
  'é'.repeat(VERY_LONG),
  '../../etc/passwd',
  '%2e%2e%2f',
  '#',
  'CELL#tea#main#0',
  "' OR 1=1 --",
  '${7*7}',
  '<script>alert(1)</script>',
  '{"$ne":null}',
  'BALANCE',
];

/** JSON texts, including forms that JSON.stringify never writes. */
export const hostileJson: readonly string[] = [
  '-1',
  '0',
  '-0',
  '1.5',
  '9007199254740991',
  '-9007199254740991',
  '9007199254740992',
  '9007199254740993',
  '-9007199254740993',
  '1e309',
  '-1e309',
  '1e-400',
  '1e-200',
  '0.001',
  '1e21',
  '123456789012345678901234567890',
  'true',
  'null',
  '[]',
  '{}',
  '[[]]',
  '{"__proto__":{"isAdmin":true}}',
  '{"constructor":{"prototype":{"isAdmin":true}}}',
  '{"toString":1}',
  '"\\u0000"',
  '"\\ud800"',
  '"__proto__"',
  `"${'x'.repeat(VERY_LONG)}"`,
];

/** Whole bodies that are not a request. */
export const hostileBodies: readonly (string | Buffer)[] = [
  '',
  ' ',
  '{',
  '}',
  'null',
  'true',
  '1',
  '"text"',
  '[]',
  '[{}]',
  '{"a":1,}',
  "{'a':1}",
  '{"quantity":1,"quantity":2}',
  '{"__proto__":null}',
  '\ufeff{}',
  `${'['.repeat(NESTED_DEEP)}${']'.repeat(NESTED_DEEP)}`,
  `${'{"a":'.repeat(NESTED_DEEP)}1${'}'.repeat(NESTED_DEEP)}`,
  'a'.repeat(17 * 1024),
  `{"name":"${'x'.repeat(17 * 1024)}"}`,
  Buffer.from([0xff, 0xfe, 0x7b, 0x00]),
  Buffer.from([0x7b, 0x22, 0x61, 0x22, 0x3a, 0x22, 0xc3, 0x28, 0x22, 0x7d]),
  Buffer.alloc(64),
];

const BODY_MEGABYTES = 10;
/** The largest body that the gateway accepts, and a slightly larger one. */
export const hugeBodies: readonly Buffer[] = [
  Buffer.from(`{"name":"${'x'.repeat(BODY_MEGABYTES * 1024 * 1024 - 20)}"}`),
  Buffer.alloc(BODY_MEGABYTES * 1024 * 1024 + 1, 0x20),
];

export const hostileHeaders: readonly (readonly [name: string, value: string])[] = [
  ['content-type', 'text/plain'],
  ['content-type', 'application/xml'],
  ['content-type', 'application/json; charset=utf-16'],
  ['content-type', ''],
  ['idempotency-key', ''],
  ['idempotency-key', 'k'.repeat(LONG)],
  ['idempotency-key', '__proto__'],
  ['idempotency-key', 'é'],
  ['x-correlation-id', '"><script>'],
  ['x-correlation-id', 'c'.repeat(VERY_LONG)],
  ['x-http-method-override', 'DELETE'],
  ['accept', 'application/xml'],
  ['cookie', 'a=b; __proto__=c'],
  ['x-forwarded-for', '127.0.0.1'],
  ['expect', '200-ok'],
];

export const hostileQueries: readonly string[] = [
  'limit=-1',
  'limit=0',
  'limit=1.5',
  'limit=1e309',
  'limit=9007199254740993',
  'limit=',
  'limit=10&limit=20',
  'cursor=',
  'cursor=garbage',
  'cursor=%00',
  `cursor=${'A'.repeat(VERY_LONG)}`,
  `cursor=${Buffer.from('{"pk":"__proto__","sk":{}}').toString('base64url')}`,
  `cursor=${Buffer.from('{"sku":"tea","more":1}').toString('base64url')}`,
  `cursor=${Buffer.from('[1,2,3]').toString('base64url')}`,
  `cursor=${Buffer.from('null').toString('base64url')}`,
  '__proto__=1',
  'constructor[prototype]=1',
  'status=%F0%9F',
  'at=yesterday',
  'at=9999-99-99T99:99:99Z',
  '%ZZ',
  '&&&=',
  'segment=-1&segments=0',
  'ids=',
];

export const anyText = (): fc.Arbitrary<string> =>
  fc.oneof(fc.constantFrom(...hostileTexts), fc.string({ unit: 'binary', maxLength: 40 }));
