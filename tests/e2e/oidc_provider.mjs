// A certified OpenID Connect provider, with its own pages for logging in: node oidc_provider.mjs PORT REDIRECT_URI
// It says a line once it listens, and stops when its input ends.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const gallery = createRequire(new URL("../../gallery/package.json", import.meta.url));
const { Provider } = await import(pathToFileURL(gallery.resolve("oidc-provider")));

const [port, redirectUri] = process.argv.slice(2);
const provider = new Provider(`http://127.0.0.1:${port}`, {
  clients: [{ client_id: "mediascream", client_secret: "a secret of some length, long enough", redirect_uris: [redirectUri] }],
  pkce: { required: () => true },
  cookies: { keys: ["of this test"] },
});
provider.listen(Number(port), "127.0.0.1", () => console.log("listening"));
process.stdin.resume().on("end", () => process.exit(0));
