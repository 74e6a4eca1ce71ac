import { useState } from "preact/hooks";
import { useChange } from "../../../change.ts";
import { Button } from "../../../components/button.tsx";
import { Banner } from "../../../components/feedback.tsx";
import { formatDay, formatMoney } from "../../../format.ts";
import { graphql } from "../../../graphql.ts";
import { CancelSubscriptionButton } from "./cancel-subscription.tsx";
import { ChangePlanDialog } from "./change-plan.tsx";
import { addressAfterPortal } from "./checkout-notice.tsx";
import { PER_INTERVAL } from "./intervals.tsx";
import { StatusBadge } from "./status-badge.tsx";
import type { Billing, Plan, Subscription } from "./subscription.tsx";

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

function nextDate(subscription: Subscription): [string, string] {
  const { status, endedAt, endsAt, trialEndsAt, currentPeriodEnd } = subscription;
  if (endedAt) return ["Ended", formatDay(endedAt)];
  if (endsAt) return ["Ends", formatDay(endsAt)];
  if (status === "TRIALING" && trialEndsAt) return ["Trial ends", formatDay(trialEndsAt)];
  return ["Renews", formatDay(currentPeriodEnd)];
}

function cardName({ brand, last4 }: NonNullable<Subscription["paymentMethod"]>): string {
  const name = brand.slice(0, 1).toUpperCase() + brand.slice(1).replaceAll("_", " ");
  return last4 ? `${name} ···· ${last4}` : name;
}

function facts(subscription: Subscription): [string, string][] {
  const { seats, interval, price, nextPayment, paymentMethod } = subscription;
  const all: [string, string][] = [
    ["Seats", String(seats)],
    ["Price per seat", `${formatMoney(price.unitAmount)} ${PER_INTERVAL[interval]}`],
    nextDate(subscription),
  ];
  if (nextPayment) all.push(["Next payment", formatMoney(nextPayment.amount)]);
  if (paymentMethod) all.push(["Paid with", cardName(paymentMethod)]);
  return all;
}

interface ActionsProps {
  billing: Billing;
  subscription: Subscription;
  plans: readonly Plan[];
  seatsInUse: number;
}

function Actions({ billing, subscription, plans, seatsInUse }: ActionsProps) {
  const opening = useChange(OpenBillingPortal);
  const [changing, setChanging] = useState(false);
  const organizationId = billing.id;

  async function openPortal() {
    const payload = await opening.run({
      input: { organizationId, returnUrl: addressAfterPortal() },
    });
    if (payload?.billingSession?.url) location.assign(payload.billingSession.url);
  }

  return (
    <div class="card-end">
      {billing.changePlan.allowed && (
        <Button kind="primary" onClick={() => setChanging(true)}>
          Change plan or seats
        </Button>
      )}
      {billing.openBillingPortal.allowed && (
        <Button busy={opening.busy} onClick={openPortal}>
          Billing
        </Button>
      )}
      {billing.cancelSubscription.allowed && !subscription.endsAt && (
        <CancelSubscriptionButton organizationId={organizationId} subscription={subscription} />
      )}
      {opening.problem && <Banner tone="bad" title={opening.problem} />}
      {changing && (
        <ChangePlanDialog
          organizationId={organizationId}
          subscription={subscription}
          plans={plans}
          seatsInUse={seatsInUse}
          onClose={() => setChanging(false)}
        />
      )}
    </div>
  );
}

/** What the organization has bought, how to change it, and the way to Stripe's own pages. */
export function CurrentSubscription(props: ActionsProps) {
  const { subscription } = props;
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
      <Actions {...props} />
    </section>
  );
}
