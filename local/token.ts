import { readEndpoints } from './endpoints-file.ts';
import { ISSUER_PATH } from './issuer.ts';

const USAGE = 'usage: npm run -s token -- customer [name] | staff [name]';
const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, and ask for a token in another terminal.';

const [kind, name, ...rest] = process.argv.slice(2);
if ((kind !== 'customer' && kind !== 'staff') || rest.length > 0) fail(USAGE);
const endpoints = readEndpoints();
if (endpoints === undefined) fail(NOT_RUNNING);

const response = await fetch(`${endpoints.aws}${ISSUER_PATH}/token`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ kind, name }),
}).catch(() => fail(NOT_RUNNING));
const answer = (await response.json()) as { readonly access_token?: string; readonly error?: string };
if (answer.access_token === undefined) fail(`${answer.error ?? 'the issuer gave no token'} (${USAGE})`);
console.log(answer.access_token);

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}
