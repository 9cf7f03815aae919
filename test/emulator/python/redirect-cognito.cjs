// Sends requests for an issuer of Cognito to the emulator, which serves all of them under its own name. Preloaded into the sign-in
// tool only: functions ask no issuer, and API Gateway there knows its own pools.
const { fetch } = globalThis;
const COGNITO = /^https:\/\/cognito-idp\.[\w-]+\.amazonaws\.com\//;

globalThis.fetch = (resource, init) => {
  const url = resource instanceof Request ? resource.url : String(resource);
  if (!COGNITO.test(url)) return fetch(resource, init);
  return fetch(url.replace(COGNITO, `${process.env.AWS_ENDPOINT_URL}/`), init);
};
