import { useQuery } from "@urql/preact";
import { Loading, LoadingFailed } from "../../../components/feedback.tsx";
import { graphql, type ResultOf } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";
import { CheckoutNotice } from "./checkout-notice.tsx";
import { CurrentSubscription } from "./current-subscription.tsx";
import { PlanPicker } from "./plan-picker.tsx";

const SubscriptionAndPlans = graphql(`
  query SubscriptionAndPlans($name: String!) {
    organizationByName(name: $name) {
      id
      plan {
        code
      }
      seatUsage {
        occupied
        reserved
      }
      selectPlan: viewerCan(action: SELECT_PLAN) {
        allowed
      }
      openBillingPortal: viewerCan(action: OPEN_BILLING_PORTAL) {
        allowed
      }
      subscription {
        id
        status
        seats
        interval
        plan {
          name
        }
        price {
          unitAmount {
            amount
            currency
          }
        }
        currentPeriodEnd
        trialEndsAt
        endsAt
        endedAt
      }
      billingSessions(first: 1) {
        nodes {
          id
          kind
          status
          url
        }
      }
    }
    plans {
      id
      code
      name
      description
      features
      minimumSeats
      maximumSeats
      prices {
        id
        interval
        unitAmount {
          amount
          currency
        }
        perMonth {
          amount
          currency
        }
        annualDiscountPercent
      }
    }
  }
`);

type Answer = ResultOf<typeof SubscriptionAndPlans>;
type Billing = NonNullable<Answer["organizationByName"]>;
export type Plan = Answer["plans"][number];
export type Subscription = NonNullable<Billing["subscription"]>;
export type BillingSession = NonNullable<Billing["billingSessions"]>["nodes"][number];

/** What the organization pays for: the plans to choose from, or the subscription it has. */
export function SubscriptionScreen({ organization }: { organization: FramedOrganization }) {
  const [{ data, error }, again] = useQuery({
    query: SubscriptionAndPlans,
    variables: { name: organization.name },
  });
  const billing = data?.organizationByName;
  if (!billing) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading />;
  }
  const { subscription, seatUsage, selectPlan, openBillingPortal } = billing;
  const lastSession = billing.billingSessions?.nodes[0] ?? null;
  return (
    <>
      <CheckoutNotice session={lastSession} subscribed={!selectPlan.allowed} />
      {subscription && (
        <CurrentSubscription
          organizationId={organization.id}
          subscription={subscription}
          portal={openBillingPortal.allowed}
        />
      )}
      {selectPlan.allowed && (
        <PlanPicker
          organizationId={organization.id}
          plans={data.plans}
          currentPlan={billing.plan?.code ?? null}
          boughtIn={subscription?.price.unitAmount.currency ?? null}
          seatsInUse={(seatUsage?.occupied ?? 0) + (seatUsage?.reserved ?? 0)}
        />
      )}
    </>
  );
}
