import { ChevronDownIcon, DropdownMenu } from "@graphiql/react";
import { useSyncExternalStore } from "react";
import type { DemoUser } from "./config.ts";
import type { SignIn } from "../../portal/src/sign-in/sign-in.ts";

/** Who is signed in, and the ways to sign in as somebody else or out. */
export function AccountMenu({ signIn, demoUsers }: { signIn: SignIn; demoUsers: DemoUser[] }) {
  const { session } = useSyncExternalStore(signIn.subscribe, signIn.state);
  const others = demoUsers.filter(({ email }) => email !== session?.label);
  return (
    <DropdownMenu>
      <DropdownMenu.Button
        className="account-button"
        aria-label={session ? `Signed in as ${session.label}` : "Sign in"}
      >
        <span>{session ? session.label : "Sign in"}</span>
        <ChevronDownIcon aria-hidden="true" />
      </DropdownMenu.Button>
      <DropdownMenu.Content className="account-menu" align="end">
        {others.length > 0 && (
          <p className="account-heading">{session ? "Switch to" : "Sign in as"}</p>
        )}
        {others.map((user) => (
          <DropdownMenu.Item
            key={user.email}
            onSelect={() => signIn.leave({ loginHint: user.email })}
          >
            <span>{user.email}</span>
            <small>{user.description}</small>
          </DropdownMenu.Item>
        ))}
        <DropdownMenu.Item onSelect={() => signIn.leave({ prompt: "select_account" })}>
          Another account …
        </DropdownMenu.Item>
        {session && (
          <DropdownMenu.Item onSelect={() => signIn.signOut()}>Sign out</DropdownMenu.Item>
        )}
      </DropdownMenu.Content>
    </DropdownMenu>
  );
}
