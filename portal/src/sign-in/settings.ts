/** How to reach the OpenID Connect issuer. Every value comes from the server's settings. */
export interface SignInSettings {
  issuer: string;
  clientId: string;
  scope: string;
  /** Added to the authorization request, for issuers that want more: `{"audience": "..."}` at Auth0. */
  authorizationParameters: Record<string, string>;
}
