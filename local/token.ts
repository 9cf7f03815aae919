import { readEndpoints } from './endpoints-file.ts';
import { localToken, NoToken } from './local-token.ts';

const USAGE = 'usage: npm run -s token -- customer [name] | staff [name]';
const NOT_RUNNING =
  'Stockbook is not running here: `npm start` first, and ask for a token in another terminal.';

const [kind, name, ...rest] = process.argv.slice(2);
if ((kind !== 'customer' && kind !== 'staff') || rest.length > 0) fail(USAGE);
const endpoints = readEndpoints();
if (endpoints === undefined) fail(NOT_RUNNING);
try {
  console.log(await localToken(endpoints.aws, { kind, name }));
} catch (fault) {
  if (!(fault instanceof NoToken)) throw fault;
  fail(`${fault.message} (${USAGE})`);
}

function fail(line: string): never {
  console.error(line);
  process.exit(1);
}
