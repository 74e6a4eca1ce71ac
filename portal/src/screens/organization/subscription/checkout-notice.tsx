import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearchParams } from "wouter-preact";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import type { BillingSession } from "./subscription.tsx";

/** Where the checkout is to lead back to. The server adds `billingSessionId`. */
export function ownAddress(): string {
  return location.origin + location.pathname;
}

/** Where Stripe's portal is to lead back to. No session is named there, as it has no result. */
export function addressAfterPortal(): string {
  return `${ownAddress()}?${FROM_PORTAL}`;
}

const FROM_PORTAL = "from=portal";

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

/** Whether the reader has just come back from the checkout. Back from Stripe, the server is let ask it now, once. */
function useReturnFromStripe(last: BillingSession | null): { returned: boolean; asking: boolean } {
  const [search] = useSearchParams();
  const [path, navigate] = useLocation();
  const [checkoutId] = useState(search.get("billingSessionId"));
  const [asking, setAsking] = useState(checkoutId !== null);
  const { run } = useChange(SyncBillingSession);
  useEffect(() => {
    const billingSessionId =
      checkoutId ?? (search.toString() === FROM_PORTAL ? last?.id : undefined);
    if (!billingSessionId) return;
    navigate(path, { replace: true });
    void run({ input: { billingSessionId } }).finally(() => setAsking(false));
  }, []);
  return { returned: checkoutId !== null, asking };
}

interface CheckoutNoticeProps {
  session: BillingSession | null;
  /** There is a subscription that goes on. */
  subscribed: boolean;
}

/** What has become of the last checkout: being confirmed, confirmed, or left unfinished. */
export function CheckoutNotice({ session, subscribed }: CheckoutNoticeProps) {
  const { returned, asking } = useReturnFromStripe(session);
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
