import "./editor-workers.ts";
import "graphiql/style.css";
import "@graphiql/plugin-explorer/style.css";
import "./style.css";
import { createRoot } from "react-dom/client";
import { loadConfig } from "./config.ts";
import { fillInOrganization } from "./examples.ts";
import { createIde } from "./ide.tsx";
import { SignIn } from "../../portal/src/sign-in/sign-in.ts";

/** Says that this reader was signed in, so that a reload is worth a silent trip to the issuer. It holds no secret. */
const WAS_SIGNED_IN = "seatwise:was-signed-in";

function remember(signIn: SignIn): void {
  if (signIn.state().session) localStorage.setItem(WAS_SIGNED_IN, "yes");
  else localStorage.removeItem(WAS_SIGNED_IN);
}

async function start(root: HTMLElement): Promise<void> {
  const config = await loadConfig();
  const redirectUri = new URL(location.pathname, location.href).href;
  const signIn = config.signIn && new SignIn(config.signIn, { redirectUri });
  if (signIn) {
    if (await signIn.resume({ silently: localStorage.getItem(WAS_SIGNED_IN) !== null })) return;
    remember(signIn);
    signIn.subscribe(() => remember(signIn));
    if (signIn.state().session)
      await fillInOrganization(config.endpoint, () => signIn.accessToken());
  }
  createRoot(root).render(createIde(config, signIn));
}

const root = document.getElementById("ide");
if (!root) throw new Error("index.html has no element #ide");
start(root).catch((problem: unknown) => {
  root.innerHTML = '<p class="notice" role="alert"></p>';
  const notice = root.firstElementChild;
  if (notice)
    notice.textContent = `The IDE could not start: ${problem instanceof Error ? problem.message : problem}`;
});
