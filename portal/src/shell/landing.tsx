import { useState } from "preact/hooks";
import { Button } from "../components/button.tsx";
import { Banner } from "../components/feedback.tsx";
import { useSignIn } from "./sign-in-context.ts";

/** What a reader sees who is signed out. */
export function Landing() {
  const { signIn, problem } = useSignIn();
  const [leaving, setLeaving] = useState(false);

  async function leave() {
    setLeaving(true);
    setLeaving(await signIn.leave({ prompt: "select_account" }));
  }

  return (
    <div class="landing">
      <h1>Your organization's plan, seats and billing</h1>
      <p>See what you pay for and who may use it, and change either.</p>
      {problem && <Banner tone="bad" title={problem} />}
      <Button kind="primary" busy={leaving} onClick={leave}>
        Sign in
      </Button>
    </div>
  );
}
