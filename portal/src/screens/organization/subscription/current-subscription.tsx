import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { formatDay, formatMoney } from "../../../format.ts";
import { graphql } from "../../../graphql.ts";
import { ownAddress } from "./checkout-notice.tsx";
import { StatusBadge } from "./status-badge.tsx";
import type { Subscription } from "./subscription.tsx";

const OpenBillingPortal = graphql(`
  mutation OpenBillingPortal($input: OpenBillingPortalInput!) {
    openBillingPortal(input: $input) {
      billingSession {
        id
        url
      }
      errors {
        ... on Error {
          message
        }
      }
    }
  }
`);

const PERIOD = { MONTHLY: "a month", ANNUAL: "a year" } as const;

function nextDate({
  status,
  endedAt,
  endsAt,
  trialEndsAt,
  currentPeriodEnd,
}: Subscription): [string, string] {
  if (endedAt) return ["Ended", formatDay(endedAt)];
  if (endsAt) return ["Ends", formatDay(endsAt)];
  if (status === "TRIALING" && trialEndsAt) return ["Trial ends", formatDay(trialEndsAt)];
  return ["Renews", formatDay(currentPeriodEnd)];
}

function facts(subscription: Subscription): [string, string][] {
  const { seats, interval, price } = subscription;
  const total = { ...price.unitAmount, amount: price.unitAmount.amount * seats };
  return [
    ["Seats", String(seats)],
    ["Price per seat", `${formatMoney(price.unitAmount)} ${PERIOD[interval]}`],
    ["Total", `${formatMoney(total)} ${PERIOD[interval]}`],
    nextDate(subscription),
  ];
}

interface CurrentSubscriptionProps {
  organizationId: string;
  subscription: Subscription;
  /** Stripe's billing portal can be opened. */
  portal: boolean;
}

/** What the organization has bought, and the way to Stripe's own pages. */
export function CurrentSubscription({
  organizationId,
  subscription,
  portal,
}: CurrentSubscriptionProps) {
  const opening = useChange(OpenBillingPortal);

  async function openPortal() {
    const payload = await opening.run({
      input: { organizationId, returnUrl: ownAddress() },
    });
    if (payload?.billingSession?.url) location.assign(payload.billingSession.url);
  }

  return (
    <section class="card" aria-labelledby="subscription">
      <div class="card-head">
        <h2 id="subscription">{subscription.plan.name}</h2>
        <StatusBadge status={subscription.status} />
      </div>
      <dl class="facts">
        {facts(subscription).map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {opening.problem && <Banner tone="bad" title={opening.problem} />}
      {portal && (
        <div class="card-end">
          <Button busy={opening.busy} onClick={openPortal}>
            Billing
          </Button>
          <span class="soft">Payment method, billing address and receipts, at Stripe.</span>
        </div>
      )}
    </section>
  );
}
