import { Button } from "../components/button.tsx";
import { Dialog } from "../components/dialog.tsx";
import { signInAgain } from "../sign-in/window.ts";
import { useSignIn } from "./sign-in-context.ts";

/** Stands over the page when the sign-in has ended: nothing on it is lost, and what was asked for waits. */
export function SignInEnded() {
  const { signIn } = useSignIn();
  return (
    <Dialog title="Your sign-in has ended">
      <p>Sign in again to go on. What you have typed stays.</p>
      <div class="dialog-end">
        <Button kind="plain" onClick={() => signIn.signOut()}>
          Sign out
        </Button>
        <Button kind="primary" onClick={() => signInAgain(signIn)}>
          Sign in again
        </Button>
      </div>
    </Dialog>
  );
}
