import { Provider } from "@urql/preact";
import type { Client } from "@urql/core";
import { Route, Router, Switch } from "wouter-preact";
import { CreateOrganizationScreen } from "./screens/create-organization.tsx";
import { InvitationScreen } from "./screens/invitation.tsx";
import { NotFound } from "./screens/not-found.tsx";
import { OrganizationScreen } from "./screens/organization/organization.tsx";
import { OrganizationsScreen } from "./screens/organizations.tsx";
import { Header } from "./shell/header.tsx";
import { Landing } from "./shell/landing.tsx";
import { SignInEnded } from "./shell/sign-in-ended.tsx";
import { SignInContext, useSignIn } from "./shell/sign-in-context.ts";
import type { SignIn } from "./sign-in/sign-in.ts";

function Screens() {
  return (
    <Switch>
      <Route path="/">
        <OrganizationsScreen />
      </Route>
      <Route path="/create">
        <CreateOrganizationScreen />
      </Route>
      <Route path="/invitation">
        <InvitationScreen />
      </Route>
      <Route path="/organizations/:name" nest>
        {({ name }) => <OrganizationScreen key={name} name={name} />}
      </Route>
      <Route>
        <NotFound />
      </Route>
    </Switch>
  );
}

function Shell() {
  const { session, ended } = useSignIn();
  return (
    <>
      <Header />
      <main>{session || ended ? <Screens /> : <Landing />}</main>
      {ended && <SignInEnded />}
    </>
  );
}

/** The whole portal. Its addresses stand under `/portal`. */
export function App({ signIn, client }: { signIn: SignIn; client: Client }) {
  return (
    <SignInContext.Provider value={signIn}>
      <Provider value={client}>
        <Router base="/portal">
          <Shell />
        </Router>
      </Provider>
    </SignInContext.Provider>
  );
}
