import "./styles/base.css";
import "./styles/controls.css";
import "./styles/surfaces.css";
import "./styles/shell.css";
import "./styles/screens.css";
import { render } from "preact";
import { App } from "./app.tsx";
import { createClient } from "./client.ts";
import { Banner } from "./components/feedback.tsx";
import { loadConfig } from "./config.ts";
import { SignIn } from "./sign-in/sign-in.ts";
import { isSignInWindow, signInForOpener } from "./sign-in/window.ts";

async function start(root: HTMLElement): Promise<void> {
  const config = await loadConfig();
  const signIn = new SignIn(config.signIn, {
    redirectUri: new URL("/portal/", location.href).href,
  });
  if (await signIn.resume({ silently: !isSignInWindow() })) return;
  if (isSignInWindow()) return signInForOpener(signIn);
  const client = createClient(config.endpoint, signIn);
  render(<App signIn={signIn} client={client} />, root);
}

const root = document.getElementById("portal");
if (!root) throw new Error("index.html has no element #portal");
start(root).catch((problem: unknown) => {
  const why = problem instanceof Error ? problem.message : String(problem);
  render(<Banner tone="bad" title={`The portal could not start. ${why}`} />, root);
});
