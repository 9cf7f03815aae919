/** A request as a document writes it for a shell. */
export type ShellRequest = {
  readonly method: string;
  /** Without `$API` and the query; with shell variables in place of some segments. */
  readonly path: string;
  /** Names of the query's parameters. */
  readonly query: readonly string[];
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
};

const BLOCK = /^[ ]*```sh\n([\s\S]*?)^[ ]*```/gm;
const WORD = /'([^']*)'|"((?:[^"\\]|\\.)*)"|([^\s'"]+)/g;

/** Returns the requests of a document's shell blocks: `curl … "$API/path" …`, on one line or several. */
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
    // curl signs a request itself: the header that it makes is Authorization.
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
