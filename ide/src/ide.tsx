import { explorerPlugin } from "@graphiql/plugin-explorer";

import { GraphiQL, HISTORY_PLUGIN } from "graphiql";
import { useSyncExternalStore } from "react";
import { AccountMenu } from "./account-menu.tsx";
import type { Config } from "./config.ts";
import { tabsFor } from "./examples.ts";
import { createFetcher } from "./fetcher.ts";
import type { SignIn } from "../../portal/src/sign-in/sign-in.ts";

const PLUGINS = [HISTORY_PLUGIN, explorerPlugin({})];

function Problem({ signIn }: { signIn: SignIn }) {
  const { problem } = useSyncExternalStore(signIn.subscribe, signIn.state);
  return (
    problem && (
      <p className="problem" role="alert">
        {problem}
      </p>
    )
  );
}

/** GraphiQL for one server: its example tabs, its explorer, and who is signed in. */
export function createIde(config: Config, signIn: SignIn | null) {
  const returnUrl = new URL(location.pathname, location.href).href;
  const fetcher = createFetcher(config.endpoint, signIn);
  return (
    <>
      {signIn && <Problem signIn={signIn} />}
      <GraphiQL
        fetcher={fetcher}
        plugins={PLUGINS}
        defaultTabs={tabsFor(returnUrl)}
        defaultEditorToolsVisibility="variables"
        inputValueDeprecation
        schemaDescription
      >
        <GraphiQL.Logo>
          {signIn ? <AccountMenu signIn={signIn} demoUsers={config.demoUsers} /> : "Seatwise"}
        </GraphiQL.Logo>
      </GraphiQL>
    </>
  );
}
