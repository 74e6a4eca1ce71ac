import { useEffect, useRef } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { signInAgain } from "../sign-in/window.ts";
import { useSignIn } from "./sign-in-context.ts";

/** Stands over the page when the sign-in has ended: nothing on it is lost, and what was asked for waits. */
export function SignInEnded() {
  const { signIn } = useSignIn();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} aria-labelledby="ended" onCancel={(event) => event.preventDefault()}>
      <h2 id="ended">Your sign-in has ended</h2>
      <p>Sign in again to go on. What you have typed stays.</p>
      <div class="dialog-end">
        <Button kind="plain" onClick={() => signIn.signOut()}>
          Sign out
        </Button>
        <Button kind="primary" onClick={() => signInAgain(signIn)}>
          Sign in again
        </Button>
      </div>
    </dialog>
  );
}
