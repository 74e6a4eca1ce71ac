import type { SignInSettings } from "./sign-in/settings.ts";

/** What the server says about itself at `/portal/config.json`. */
export interface Config {
  endpoint: string;
  signIn: SignInSettings;
}

/** Asks the server for the page's settings. Throws when it cannot answer. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/portal/config.json");
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for /portal/config.json.`);
  return (await answer.json()) as Config;
}
