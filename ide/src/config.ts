import type { SignInSettings } from "../../portal/src/sign-in/settings.ts";

/** Somebody whom the development issuer signs in without a password. */
export interface DemoUser {
  email: string;
  name: string;
  description: string;
}

/** What the server says about itself at `/ide/config.json`. */
export interface Config {
  endpoint: string;
  signIn: SignInSettings | null;
  demoUsers: DemoUser[];
}

/** Asks the server for the page's settings. Throws when it cannot answer. */
export async function loadConfig(): Promise<Config> {
  const answer = await fetch("/ide/config.json");
  if (!answer.ok) throw new Error(`The server answered ${answer.status} for /ide/config.json.`);
  return (await answer.json()) as Config;
}
