// Resolves `*.localhost` to the loopback address, as RFC 6761 asks. Node leaves it to the system's resolver, which may refuse.
// Preloaded into every Node process of a run, for the API's name is `<id>.execute-api.localhost`.
const dns = require('node:dns');

const { lookup } = dns;
dns.lookup = (name, ...rest) =>
  lookup(typeof name === 'string' && name.endsWith('.localhost') ? '127.0.0.1' : name, ...rest);
