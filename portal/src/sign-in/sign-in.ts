import { AuthorizationResponseError } from "oauth4webapi";
import { discover, type Issuer } from "./issuer.ts";
import { leaveForIssuer, type RedirectOptions, redeemCode, takeTrip } from "./redirect.ts";
import { isEnding, renew, type Session, sessionFrom } from "./session.ts";
import type { SignInSettings } from "./settings.ts";

/** Who is signed in, and what went wrong last, in words for the reader. */
export interface SignInState {
  session: Session | null;
  /** Who was signed in on this page until the issuer allowed no renewal. */
  ended: string | null;
  problem: string | null;
}

const SIGNED_OUT: SignInState = { session: null, ended: null, problem: null };

/** What the issuer answers to `prompt=none` when somebody has to be asked something first. */
const WOULD_HAVE_TO_ASK = [
  "login_required",
  "interaction_required",
  "consent_required",
  "account_selection_required",
];

function inWords(problem: unknown): string {
  if (problem instanceof AuthorizationResponseError)
    return problem.error_description ?? problem.error;
  return problem instanceof Error ? problem.message : String(problem);
}

/**
 * Signs in at an OpenID Connect issuer and keeps the tokens in memory. Nothing that is worth stealing is ever
 * stored: a reloaded page comes back by a silent trip to the issuer, whose own cookie knows the reader.
 */
export class SignIn {
  readonly #settings: SignInSettings;
  readonly #redirectUri: string;
  readonly #listeners = new Set<() => void>();
  #issuer: Promise<Issuer> | null = null;
  #renewal: Promise<string | null> | null = null;
  #state = SIGNED_OUT;

  constructor(settings: SignInSettings, { redirectUri }: { redirectUri: string }) {
    this.#settings = settings;
    this.#redirectUri = redirectUri;
  }

  /** For `useSyncExternalStore`: the same object until something changes. */
  readonly state = (): SignInState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /**
   * Finishes a sign-in when this page load is the way back from the issuer; if it is not and `silently` is set,
   * goes there and back without asking anything. True: the page is about to be left.
   */
  async resume({ silently }: { silently: boolean }): Promise<boolean> {
    const trip = takeTrip();
    if (!trip) return silently && (await this.leave({ prompt: "none" }));
    const address = new URL(location.href);
    history.replaceState(history.state, "", trip.returnTo);
    try {
      const answer = await redeemCode(await this.#discovered(), trip, address);
      this.adopt(sessionFrom(answer));
    } catch (problem) {
      const asksNothing =
        problem instanceof AuthorizationResponseError && WOULD_HAVE_TO_ASK.includes(problem.error);
      this.#change({ ...SIGNED_OUT, problem: asksNothing ? null : inWords(problem) });
    }
    return false;
  }

  /** Goes to the issuer. True: the page is about to be left; false: it could not be reached, and `problem` says why. */
  async leave(options: Omit<RedirectOptions, "redirectUri"> = {}): Promise<boolean> {
    try {
      await leaveForIssuer(await this.#discovered(), this.#settings, {
        ...options,
        redirectUri: this.#redirectUri,
      });
      return true;
    } catch (problem) {
      this.#change({ ...this.#state, problem: `Sign-in is not possible now: ${inWords(problem)}` });
      return false;
    }
  }

  /** A token that is good now, renewed if need be, or null when nobody is signed in (any more). */
  async accessToken(): Promise<string | null> {
    const { session } = this.#state;
    if (!session || !isEnding(session)) return session?.accessToken ?? null;
    this.#renewal ??= this.#renew(session).finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** Takes a session that was begun elsewhere: in the window that `signInAgain` opens. */
  adopt(session: Session): void {
    this.#change({ session, ended: null, problem: null });
  }

  /** The server does not take this token any more: it is renewed before the next use. */
  refuse(token: string): void {
    const { session } = this.#state;
    if (session?.accessToken === token)
      this.#state = { ...this.#state, session: { ...session, expiresAt: 0 } };
  }

  /** A token for somebody whose sign-in may have ended: waits until they have signed in again. */
  async lastingToken(): Promise<string | null> {
    const token = await this.accessToken();
    if (token || !this.#state.ended) return token;
    return new Promise((resolve) => {
      const stop = this.subscribe(() => {
        if (this.#state.ended) return;
        stop();
        resolve(this.#state.session?.accessToken ?? null);
      });
    });
  }

  /** Forgets the tokens, then ends the issuer's own session if it offers that. */
  async signOut(): Promise<void> {
    const idToken = this.#state.session?.idToken;
    this.#change(SIGNED_OUT);
    const { server } = await this.#discovered();
    if (!server.end_session_endpoint) return;
    const url = new URL(server.end_session_endpoint);
    url.searchParams.set("client_id", this.#settings.clientId);
    url.searchParams.set("post_logout_redirect_uri", this.#redirectUri);
    if (idToken) url.searchParams.set("id_token_hint", idToken);
    location.assign(url);
  }

  async #renew(session: Session): Promise<string | null> {
    const renewed = await renew(await this.#discovered(), session);
    const { session: current } = this.#state;
    // Who has signed out meanwhile, or is somebody else, stays so.
    if (current?.accessToken !== session.accessToken) return current?.accessToken ?? null;
    if (renewed) this.adopt(renewed);
    else
      this.#change({
        session: null,
        ended: session.label,
        problem: "Your sign-in has ended. Sign in again.",
      });
    return renewed?.accessToken ?? null;
  }

  /** One look at the discovery document serves the page; a failed one is forgotten. */
  #discovered(): Promise<Issuer> {
    this.#issuer ??= discover(this.#settings).catch((problem: unknown) => {
      this.#issuer = null;
      throw problem;
    });
    return this.#issuer;
  }

  #change(state: SignInState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}
