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

/** Defects of a token. But for the defect, it has all that the routes of its class of callers ask for. */
const DEFECTS = [
  'expired',
  'of another issuer',
  'for another audience',
  'without the scope',
  'with the scopes and audience of the other',
  'naming the issuer of the other',
] as const;
type Defect = (typeof DEFECTS)[number];

export type InvalidToken = `${TokenKind} ${Defect}`;
export const INVALID_TOKENS: readonly InvalidToken[] = TOKEN_KINDS.flatMap((kind) =>
  DEFECTS.map((defect) => `${kind} ${defect}` as const),
);

/** Environment variable that gives the token for a deployed stage. */
export const tokenVariableOf = (token: InvalidToken): string =>
  `STOCKBOOK_TOKEN_${token.toUpperCase().replaceAll(' ', '_')}`;

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
      'of another issuer': { issuer: 'https://issuer.example' },
      'for another audience': { audience: 'another-shop' },
      'without the scope': { scope: 'openid profile' },
      'with the scopes and audience of the other': both,
      'naming the issuer of the other': { ...both, issuer: url + issuerPath(other) },
    };
    for (const defect of DEFECTS)
      tokens[`${kind} ${defect}`] = await tokenFor(kind, `wrong-${kind}`, overrides[defect]);
  }
  return tokens;
}
