import { Link } from "wouter-preact";
import { Button } from "../components/button.tsx";
import { useSignIn } from "./sign-in-context.ts";

/** The bar on top: the way home, and who is signed in. */
export function Header() {
  const { session, signIn } = useSignIn();
  return (
    <header class="header">
      <Link href="/" class="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M11 7v9h10a3 3 0 0 1 3 3v6M11 16v9M8 7h3" />
        </svg>
        Seatwise
      </Link>
      {session && (
        <div class="account">
          <span class="account-name">{session.label}</span>
          <Button kind="plain" onClick={() => signIn.signOut()}>
            Sign out
          </Button>
        </div>
      )}
    </header>
  );
}
