/** Request in a shell block of a document. */
export type ShellRequest = {
  readonly method: string;
  /** Path without `$API` and the query. Some segments may be shell variables. */
  readonly path: string;
  /** Names of the query parameters. */
  readonly query: readonly string[];
  /** Headers by lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

const BLOCK = /^[ ]*```sh\n([\s\S]*?)^[ ]*```/gm;
const WORD = /'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)/g;

/**
 * Returns the requests of a document's shell blocks: `curl … "$API/path" …`, on one line or
 * several.
 */
export const parseShellRequests = (markdown: string): readonly ShellRequest[] =>
  [...markdown.matchAll(BLOCK)]
    .flatMap(([, block = '']) => block.replace(/\\\n/g, ' ').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line.startsWith('curl '))
    .map(parseCurl);

function parseCurl(line: string): ShellRequest {
  const words = [...line.matchAll(WORD)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  const after = (flag: string): readonly string[] =>
    words.flatMap((word, index) => (word === flag ? [words[index + 1] ?? ''] : []));
  const url = words.find((word) => word.startsWith('$API/'));
  if (url === undefined) throw new Error(`no request to $API: ${line}`);
  const [path = '', query = ''] = url.slice('$API'.length).split('?');
  const [body] = after('-d');
  const [method = body === undefined ? 'GET' : 'POST'] = after('-X');
  return {
    method,
    path,
    query: [...new URLSearchParams(query).keys()],
    // curl signs the request itself and sends an Authorization header.
    headers: Object.fromEntries([
      ...after('--aws-sigv4').map((signing) => ['authorization', signing] as const),
      ...after('-H').map((header) => parseHeader(header)),
    ]),
    body,
  };
}

function parseHeader(header: string): readonly [string, string] {
  const [name = '', ...value] = header.split(':');
  return [name.trim().toLowerCase(), value.join(':').trim()];
}
