import { useEffect, useState } from "preact/hooks";
import { useLocation, useSearchParams } from "wouter-preact";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { graphql } from "../../../graphql.ts";
import type { BillingSession } from "./subscription.tsx";

const RETURNING = "returning";

/** This screen's own address, marked: who comes back to it was at Stripe. */
export function returnAddress(): string {
  const address = new URL(location.pathname, location.href);
  address.searchParams.set(RETURNING, "yes");
  return address.href;
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
function useReturnFromStripe(session: BillingSession | null): {
  returned: boolean;
  asking: boolean;
} {
  const [search] = useSearchParams();
  const [path, navigate] = useLocation();
  const [returned] = useState(search.has(RETURNING));
  const [asking, setAsking] = useState(returned && session !== null);
  const { run } = useChange(SyncBillingSession);
  useEffect(() => {
    if (!returned) return;
    navigate(path, { replace: true });
    if (session)
      void run({ input: { billingSessionId: session.id } }).finally(() => setAsking(false));
  }, []);
  return { returned, asking };
}

interface CheckoutNoticeProps {
  session: BillingSession | null;
  subscribed: boolean;
}

/** What has become of the last checkout: being confirmed, confirmed, or left unfinished. */
export function CheckoutNotice({ session, subscribed }: CheckoutNoticeProps) {
  const { returned, asking } = useReturnFromStripe(session);
  const [subscribedBefore] = useState(subscribed);
  if (subscribed) {
    const news = returned || !subscribedBefore;
    return news ? <Banner tone="good" title="Thank you. Your subscription is active." /> : null;
  }
  if (asking || (returned && session?.status === "COMPLETED")) {
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
