import * as oauth from "oauth4webapi";
import type { Issuer } from "./issuer.ts";
import { required } from "./issuer.ts";
import type { SignInSettings } from "./settings.ts";

const STORED_AS = "seatwise:sign-in";

/** What must survive the trip to the issuer. It is worthless to anybody without the code that comes back. */
interface Trip {
  state: string;
  nonce: string;
  verifier: string;
  redirectUri: string;
  /** The address, with its query, that the reader was at. */
  returnTo: string;
}

export interface RedirectOptions {
  /** Where the issuer sends the reader back to; it has to be registered there. */
  redirectUri: string;
  loginHint?: string;
  /** `none`: come back at once, signed in or not. */
  prompt?: "none" | "select_account";
}

/** Leads the browser to the issuer (authorization code with PKCE). The page ends with it. */
export async function leaveForIssuer(
  issuer: Issuer,
  settings: SignInSettings,
  { redirectUri, loginHint, prompt }: RedirectOptions,
): Promise<void> {
  const trip: Trip = {
    state: oauth.generateRandomState(),
    nonce: oauth.generateRandomNonce(),
    verifier: oauth.generateRandomCodeVerifier(),
    redirectUri,
    returnTo: location.pathname + location.search + location.hash,
  };
  const url = required(issuer, "authorization_endpoint");
  const parameters: Record<string, string | undefined> = {
    ...settings.authorizationParameters,
    response_type: "code",
    client_id: settings.clientId,
    redirect_uri: redirectUri,
    scope: settings.scope,
    state: trip.state,
    nonce: trip.nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(trip.verifier),
    code_challenge_method: "S256",
    login_hint: loginHint,
    prompt,
  };
  for (const [name, value] of Object.entries(parameters))
    if (value) url.searchParams.set(name, value);
  sessionStorage.setItem(STORED_AS, JSON.stringify(trip));
  location.assign(url);
}

/** The trip that this page load ends, or null. Either way it cannot be ended twice. */
export function takeTrip(): Trip | null {
  const stored = sessionStorage.getItem(STORED_AS);
  sessionStorage.removeItem(STORED_AS);
  const trip = stored ? (JSON.parse(stored) as Trip) : null;
  return trip && new URLSearchParams(location.search).get("state") === trip.state ? trip : null;
}

/** Trades the code in the page's address for tokens. Throws what the issuer or the check of its answer says. */
export async function redeemCode(
  issuer: Issuer,
  trip: Trip,
  address: URL,
): Promise<oauth.TokenEndpointResponse> {
  const { server, client, options } = issuer;
  const parameters = oauth.validateAuthResponse(server, client, address, trip.state);
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    oauth.None(),
    parameters,
    trip.redirectUri,
    trip.verifier,
    options,
  );
  return oauth.processAuthorizationCodeResponse(server, client, response, {
    expectedNonce: trip.nonce,
    requireIdToken: true,
  });
}
