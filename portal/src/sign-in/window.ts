import type { Session } from "./session.ts";
import type { SignIn } from "./sign-in.ts";

/** A page of ours that signs in and hands the session to the page that opened it. */
const WINDOW_PATH = "/portal/sign-in-window";

interface Message {
  session: Session;
}

/**
 * Lets the reader sign in again in a small window, so that this page and what was typed in it stay.
 * It has to be called by a click, or the browser blocks the window.
 */
export function signInAgain(signIn: SignIn): void {
  const opened = window.open(WINDOW_PATH, "seatwise-sign-in", "popup,width=480,height=680");
  const receive = ({ origin, source, data }: MessageEvent<Message>) => {
    if (origin !== location.origin || source !== opened) return;
    window.removeEventListener("message", receive);
    // What is on the page is for one person's eyes.
    if (data.session.label === signIn.state().ended) signIn.adopt(data.session);
    else location.reload();
  };
  window.addEventListener("message", receive);
}

export function isSignInWindow(): boolean {
  return location.pathname === WINDOW_PATH && window.opener !== null;
}

/** What the small window does: goes to the issuer, comes back, hands over, closes. */
export async function signInForOpener(signIn: SignIn): Promise<void> {
  const { session } = signIn.state();
  if (!session) {
    await signIn.leave();
    return;
  }
  (window.opener as Window).postMessage({ session } satisfies Message, location.origin);
  window.close();
}
