import * as oauth from "oauth4webapi";
import type { SignInSettings } from "./settings.ts";

/** An issuer whose discovery document was read. */
export interface Issuer {
  server: oauth.AuthorizationServer;
  client: oauth.Client;
  options: { [oauth.allowInsecureRequests]: boolean };
}

/** Reads the issuer's discovery document. Throws when it cannot be reached or speaks for another issuer. */
export async function discover(settings: SignInSettings): Promise<Issuer> {
  const url = new URL(settings.issuer);
  // Plain HTTP is for an issuer on this machine; the server refuses such an issuer in production.
  const options = { [oauth.allowInsecureRequests]: url.protocol === "http:" };
  const response = await oauth.discoveryRequest(url, options);
  const server = await oauth.processDiscoveryResponse(url, response);
  return { server, client: { client_id: settings.clientId }, options };
}

/** Finds a piece of the discovery document that OpenID Connect demands. */
export function required(issuer: Issuer, name: "authorization_endpoint"): URL {
  const value = issuer.server[name];
  if (!value) throw new Error(`The issuer's discovery document has no ${name}.`);
  return new URL(value);
}
