import { inIdentity, type Mutant } from '../mutant.ts';

const tokenIssuer = inIdentity('lib/constructs/api/token-issuer.ts', [
  'test/infra/api/authorizers',
  'test/infra/api/identity',
]);
const routes = inIdentity('lib/constructs/api/http-api.ts', [
  'test/infra/api/authorizers',
  'test/infra/api/http-api',
]);
const config = inIdentity('lib/config/identity.ts', ['test/unit/lib/config/identity']);
const signIn = inIdentity('cli/client/sign-in.ts', ['test/integration/cli/sign-in']);

/**
 * Guards of identity. A staff pool without a required second factor is not among them:
 * AwsSolutions-COG2 stops its synthesis, so no single test fails.
 */
export const IDENTITY_MUTANTS: readonly Mutant[] = [
  tokenIssuer(
    'anyone can sign up as staff',
    'staff: { selfSignUpEnabled: false',
    'staff: { selfSignUpEnabled: true',
  ),
  tokenIssuer(
    'machine clients exist that are not configured',
    'config.machineClients.includes(callerClass)',
    '[callerClass].includes(callerClass)',
  ),
  routes(
    'staff routes accept customer tokens',
    'this.#authorizers[callerClassOf(access)]',
    'this.#authorizers.customer',
  ),
  config(
    'one issuer may give customers and staff the same audience',
    'shared.length === 0',
    'shared.length <= 1',
  ),
  signIn(
    'a callback of another sign-in is accepted',
    '          expectedState,',
    '          expectedState: oauth.skipStateCheck,',
  ),
  signIn(
    'a sign-in sends no PKCE challenge',
    "    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),\n    code_challenge_method: 'S256',\n",
    '',
  ),
];
