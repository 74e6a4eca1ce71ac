import { useQuery } from "@urql/preact";
import { useState } from "preact/hooks";
import { useLocation } from "wouter-preact";
import { useChange } from "../change.ts";
import { Button } from "../components/button.tsx";
import { Banner, Empty, Loading, LoadingFailed } from "../components/feedback.tsx";
import { formatDay, roleName } from "../format.ts";
import { graphql, type ResultOf } from "../graphql.ts";
import { Page } from "../shell/page.tsx";
import { useSignIn } from "../shell/sign-in-context.ts";

const InvitationByToken = graphql(`
  query InvitationByToken($token: String!) {
    invitationByToken(token: $token) {
      id
      email
      role
      status
      expiresAt
      organizationDisplayName
      invitedBy {
        name
        email
      }
    }
  }
`);

const AcceptInvitation = graphql(`
  mutation AcceptInvitation($input: AcceptInvitationInput!) {
    acceptInvitation(input: $input) {
      organization {
        id
        name
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const DeclineInvitation = graphql(`
  mutation DeclineInvitation($input: DeclineInvitationInput!) {
    declineInvitation(input: $input) {
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

type Invitation = NonNullable<ResultOf<typeof InvitationByToken>["invitationByToken"]>;

const NO_LONGER_OPEN: Record<Exclude<Invitation["status"], "PENDING">, string> = {
  ACCEPTED: "This invitation was accepted.",
  DECLINED: "This invitation was declined.",
  CANCELLED: "This invitation was taken back.",
  EXPIRED: "This invitation has expired. Ask for another.",
};

function Answer({ token, invitation }: { token: string; invitation: Invitation }) {
  const { signIn, session } = useSignIn();
  const [, navigate] = useLocation();
  const acceptance = useChange(AcceptInvitation);
  const refusal = useChange(DeclineInvitation);
  const problem = acceptance.problem ?? refusal.problem;

  async function accept() {
    const payload = await acceptance.run({ input: { token } });
    if (payload?.organization) navigate(`/organizations/${payload.organization.name}`);
  }

  return (
    <>
      <p>
        {invitation.invitedBy.name ?? invitation.invitedBy.email} invites {invitation.email} to join{" "}
        <strong>{invitation.organizationDisplayName}</strong> as{" "}
        {roleName(invitation.role).toLowerCase()}. The invitation is open until{" "}
        {formatDay(invitation.expiresAt)}.
      </p>
      {problem && (
        <Banner
          tone="bad"
          title={problem}
          action={
            <Button onClick={() => signIn.leave({ prompt: "select_account" })}>
              Use another account
            </Button>
          }
        />
      )}
      <div class="card-end">
        <Button kind="primary" busy={acceptance.busy} onClick={accept}>
          Join as {session?.label}
        </Button>
        <Button kind="plain" busy={refusal.busy} onClick={() => refusal.run({ input: { token } })}>
          Decline
        </Button>
      </div>
    </>
  );
}

/** What the link in an invitation's mail opens. The token stands behind the `#`, so that no server logs it. */
export function InvitationScreen() {
  const [token] = useState(location.hash.slice(1));
  const [{ data, error }, again] = useQuery({ query: InvitationByToken, variables: { token } });
  if (!data) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading rows={1} />;
  }
  const invitation = data.invitationByToken;
  if (!invitation) {
    return (
      <Empty title="There is no such invitation">A newer mail may have replaced this one.</Empty>
    );
  }
  return (
    <Page title={`Join ${invitation.organizationDisplayName}`} wayBack>
      <div class="card">
        {invitation.status === "PENDING" ? (
          <Answer token={token} invitation={invitation} />
        ) : (
          <p>{NO_LONGER_OPEN[invitation.status]}</p>
        )}
      </div>
    </Page>
  );
}
