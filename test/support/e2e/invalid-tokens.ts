import {
  AUDIENCES,
  issuerPath,
  SCOPES,
  TOKEN_KINDS,
  type TokenFor,
  type TokenKind,
  type TokenOverrides,
} from '../../../local/api/token-issuer.ts';

const LONG_AGO = 1_700_000_000;

/**
 * Defects of tokens. In everything else, a token is valid at the routes of its class of callers.
 */
const DEFECTS = [
  'expired',
  'with an unknown issuer',
  'for another audience',
  'without the scope',
  "with the other issuer's scopes and audience",
  'claiming the other issuer',
] as const;
type Defect = (typeof DEFECTS)[number];

export type InvalidToken = `${TokenKind} ${Defect}`;
export const INVALID_TOKENS: readonly InvalidToken[] = TOKEN_KINDS.flatMap((kind) =>
  DEFECTS.map((defect) => `${kind} ${defect}` as const),
);

const DEFECT_VARIABLES: Readonly<Record<Defect, string>> = {
  expired: 'EXPIRED',
  'with an unknown issuer': 'UNKNOWN_ISSUER',
  'for another audience': 'OTHER_AUDIENCE',
  'without the scope': 'MISSING_SCOPE',
  "with the other issuer's scopes and audience": 'OTHER_SCOPES',
  'claiming the other issuer': 'CLAIMS_OTHER_ISSUER',
};

/** Returns the name of the environment variable that holds the token for a deployed stage. */
export function tokenVariableOf(token: InvalidToken): string {
  const defect = DEFECTS.find((known) => token.endsWith(` ${known}`));
  const [kind = ''] = token.split(' ');
  return `STOCKBOOK_TOKEN_${kind.toUpperCase()}_${defect === undefined ? '' : DEFECT_VARIABLES[defect]}`;
}

/** Signs a token of each kind with each defect. `url` is the server that mounts the issuers. */
export async function signInvalidTokens(
  url: string,
  tokenFor: TokenFor,
): Promise<Readonly<Partial<Record<InvalidToken, string>>>> {
  const both = {
    scope: TOKEN_KINDS.map((kind) => SCOPES[kind]).join(' '),
    audience: TOKEN_KINDS.map((kind) => AUDIENCES[kind]),
  };
  const tokens: Partial<Record<InvalidToken, string>> = {};
  for (const kind of TOKEN_KINDS) {
    const other = kind === 'staff' ? 'customer' : 'staff';
    const overrides: Readonly<Record<Defect, TokenOverrides>> = {
      expired: { expiresAt: LONG_AGO },
      'with an unknown issuer': { issuer: 'https://issuer.example' },
      'for another audience': { audience: 'another-shop' },
      'without the scope': { scope: 'openid profile' },
      "with the other issuer's scopes and audience": both,
      'claiming the other issuer': { ...both, issuer: url + issuerPath(other) },
    };
    for (const defect of DEFECTS)
      tokens[`${kind} ${defect}`] = await tokenFor(kind, `wrong-${kind}`, overrides[defect]);
  }
  return tokens;
}
