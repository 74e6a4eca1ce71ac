import * as oauth from "oauth4webapi";
import type { Issuer } from "./issuer.ts";

/** Somebody who is signed in. It lives in memory only, and ends with the page. */
export interface Session {
  label: string;
  accessToken: string;
  idToken: string | null;
  refreshToken: string | null;
  /** Milliseconds since the epoch, by this machine's clock. Infinity when the issuer does not say. */
  expiresAt: number;
}

/** A token this close to its end (milliseconds) is renewed before it is sent. */
const RENEW_BEFORE = 30_000;

export function isEnding(session: Session): boolean {
  return Date.now() > session.expiresAt - RENEW_BEFORE;
}

function labelOf(claims: oauth.IDToken): string {
  const known = [claims.email, claims.preferred_username, claims.name];
  return known.find((claim) => typeof claim === "string") ?? claims.sub;
}

/** Makes a session of the issuer's answer. A renewal may leave out what has not changed. */
export function sessionFrom(answer: oauth.TokenEndpointResponse, previous?: Session): Session {
  const claims = oauth.getValidatedIdTokenClaims(answer);
  return {
    label: claims ? labelOf(claims) : (previous?.label ?? "somebody"),
    accessToken: answer.access_token,
    idToken: answer.id_token ?? previous?.idToken ?? null,
    refreshToken: answer.refresh_token ?? previous?.refreshToken ?? null,
    expiresAt:
      answer.expires_in === undefined
        ? Number.POSITIVE_INFINITY
        : Date.now() + answer.expires_in * 1000,
  };
}

/** Gets a new access token by the refresh token. Null: the issuer gave none, or does not honour it any more. */
export async function renew(issuer: Issuer, session: Session): Promise<Session | null> {
  if (!session.refreshToken) return null;
  const { server, client, options } = issuer;
  try {
    const response = await oauth.refreshTokenGrantRequest(
      server,
      client,
      oauth.None(),
      session.refreshToken,
      options,
    );
    return sessionFrom(await oauth.processRefreshTokenResponse(server, client, response), session);
  } catch (problem) {
    if (problem instanceof oauth.ResponseBodyError) return null;
    throw problem;
  }
}
