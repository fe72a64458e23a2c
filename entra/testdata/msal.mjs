// Signs in with @azure/msal-node in the ways its users do. Reads its settings as JSON from
// standard input and writes one result per way: the access token, or the error.
//
// NODE_EXTRA_CA_CERTS must name the authority that signed the server's certificate.
import { createRequire } from "node:module";
import tls from "node:tls";
import { text } from "node:stream/consumers";

const s = JSON.parse(await text(process.stdin));
const msal = createRequire(s.packages + "/")("@azure/msal-node");

// What goes to Microsoft's host goes to the local server, as with a hosts file. Name and
// certificate are still checked as Microsoft's.
const connect = tls.connect;
tls.connect = (options, ...rest) => {
  if (options.host === "login.microsoftonline.com") {
    options = { ...options, host: "127.0.0.1", port: s.port };
  } else if (options.host !== "localhost") {
    throw new Error(`a connection to ${options.host}`);
  }
  return connect(options, ...rest);
};

const app = (auth) => new msal.ConfidentialClientApplication({ auth: { clientId: s.clientId, clientSecret: s.clientSecret, ...auth } });
const user = (auth) => new msal.PublicClientApplication({ auth: { clientId: s.clientId, ...auth } });
const scopes = [s.audience + "/.default"];
const known = [`localhost:${s.port}`];
const own = `https://localhost:${s.port}/`;
const microsoft = "https://login.microsoftonline.com/";
const person = { scopes, username: s.username, password: s.password };

const ways = {
  "application, known authority": () => app({ authority: own + s.tenant, knownAuthorities: known }).acquireTokenByClientCredential({ scopes }),
  "application, instance discovery": () => app({ authority: own + s.tenant }).acquireTokenByClientCredential({ scopes }),
  "application, Microsoft's host": () => app({ authority: microsoft + s.tenant }).acquireTokenByClientCredential({ scopes }),
  "application, wrong secret": () =>
    app({ authority: own + s.tenant, knownAuthorities: known, clientSecret: "wrong" }).acquireTokenByClientCredential({ scopes }),
  "application, unknown tenant": () =>
    app({ authority: own + "99999999-2222-4333-8444-555555555555", knownAuthorities: known }).acquireTokenByClientCredential({ scopes }),
  "user, known authority": () => user({ authority: own + s.tenant, knownAuthorities: known }).acquireTokenByUsernamePassword(person),
  "user, instance discovery": () => user({ authority: own + s.tenant }).acquireTokenByUsernamePassword(person),
  "user, Microsoft's host": () => user({ authority: microsoft + s.tenant }).acquireTokenByUsernamePassword(person),
  "user, organizations": () => user({ authority: microsoft + "organizations" }).acquireTokenByUsernamePassword(person),
  "user, wrong password": () =>
    user({ authority: own + s.tenant, knownAuthorities: known }).acquireTokenByUsernamePassword({ ...person, password: "wrong" }),
  "user, silently from the cache": async () => {
    const client = user({ authority: own + s.tenant, knownAuthorities: known });
    const first = await client.acquireTokenByUsernamePassword(person);
    const again = await client.acquireTokenSilent({ scopes, account: first.account });
    return again.accessToken === first.accessToken ? again : { accessToken: "" };
  },
};

const results = {};
for (const [name, run] of Object.entries(ways)) {
  try {
    const r = await run();
    results[name] = { token: r.accessToken, username: r.account?.username ?? "", expires: r.expiresOn?.toISOString() ?? "" };
  } catch (e) {
    results[name] = { error: `${e.errorCode ?? e.name}: ${e.errorMessage ?? e.message}` };
  }
}
console.log(JSON.stringify(results));
