import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";
import type { SignIn, SignInState } from "../sign-in/sign-in.ts";

export const SignInContext = createContext<SignIn | null>(null);

/** Who is signed in, kept up to date, and the ways to change it. */
export function useSignIn(): SignInState & { signIn: SignIn } {
  const signIn = useContext(SignInContext);
  if (!signIn) throw new Error("useSignIn is used outside SignInContext");
  const [state, setState] = useState(signIn.state());
  useEffect(() => signIn.subscribe(() => setState(signIn.state())), [signIn]);
  return { ...state, signIn };
}
