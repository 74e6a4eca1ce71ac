import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearchParams } from "wouter-preact";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import type { BillingSession } from "./subscription.tsx";

/** Where Stripe is to lead back to. The server adds `billingSessionId`. */
export function ownAddress(): string {
  return location.origin + location.pathname;
}

const SyncBillingSession = graphql(`
  mutation SyncBillingSession($input: SyncBillingSessionInput!) {
    syncBillingSession(input: $input) {
      billingSession {
        id
        status
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

/** Whether the reader has just come back from Stripe; if so, lets the server ask Stripe now, once. */
function useReturnFromStripe(): { returned: boolean; asking: boolean } {
  const [search] = useSearchParams();
  const [path, navigate] = useLocation();
  const [billingSessionId] = useState(search.get("billingSessionId"));
  const [asking, setAsking] = useState(billingSessionId !== null);
  const { run } = useChange(SyncBillingSession);
  useEffect(() => {
    if (billingSessionId === null) return;
    navigate(path, { replace: true });
    void run({ input: { billingSessionId } }).finally(() => setAsking(false));
  }, []);
  return { returned: billingSessionId !== null, asking };
}

interface CheckoutNoticeProps {
  session: BillingSession | null;
  /** There is a subscription that goes on. */
  subscribed: boolean;
}

/** What has become of the last checkout: being confirmed, confirmed, or left unfinished. */
export function CheckoutNotice({ session, subscribed }: CheckoutNoticeProps) {
  const { returned, asking } = useReturnFromStripe();
  const [subscribedBefore] = useState(subscribed && !returned);
  const [confirmed, setConfirmed] = useState(false);
  useEffect(() => {
    if (subscribed) setConfirmed(true);
  }, [subscribed]);

  if (subscribed)
    return subscribedBefore ? null : (
      <Banner tone="good" title="Thank you. Your subscription is active." />
    );
  if (asking || (returned && !confirmed && session?.status === "COMPLETED")) {
    return <Banner tone="info" title="Waiting for Stripe to confirm the payment …" />;
  }
  if (session?.kind !== "CHECKOUT" || session.status !== "OPEN" || !session.url) return null;
  return <UnfinishedCheckout url={session.url} />;
}

function UnfinishedCheckout({ url }: { url: string }) {
  return (
    <Banner
      tone="info"
      title="You have a checkout that is not finished."
      action={<Button onClick={() => location.assign(url)}>Continue to payment</Button>}
    >
      Nothing was charged. Selecting another plan replaces it.
    </Banner>
  );
}
