import { useQuery } from "@urql/preact";
import { Loading, LoadingFailed } from "../../../components/feedback.tsx";
import { graphql, type ResultOf } from "../../../graphql.ts";
import type { FramedOrganization } from "../organization.tsx";
import { BillingNotices } from "./billing-notices.tsx";
import { CheckoutNotice } from "./checkout-notice.tsx";
import { CurrentSubscription } from "./current-subscription.tsx";
import { InvoiceList } from "./invoices.tsx";
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
      changePlan: viewerCan(action: CHANGE_PLAN) {
        allowed
      }
      cancelSubscription: viewerCan(action: CANCEL_SUBSCRIPTION) {
        allowed
      }
      subscription {
        id
        status
        seats
        interval
        plan {
          code
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
        nextPayment {
          at
          amount {
            amount
            currency
          }
        }
        paymentMethod {
          brand
          last4
        }
        paymentIssue {
          message
          payUrl
        }
        pendingChange {
          kind
          plan {
            name
          }
          interval
          seats
          effectiveAt
          expiresAt
          payUrl
        }
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
        trialDays
      }
    }
  }
`);

type Answer = ResultOf<typeof SubscriptionAndPlans>;
export type Billing = NonNullable<Answer["organizationByName"]>;
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
  const { subscription, seatUsage, selectPlan } = billing;
  const seatsInUse = (seatUsage?.occupied ?? 0) + (seatUsage?.reserved ?? 0);
  return (
    <>
      <CheckoutNotice
        session={billing.billingSessions?.nodes[0] ?? null}
        subscribed={!selectPlan.allowed && subscription?.endsAt === null}
      />
      {subscription && (
        <>
          <BillingNotices organizationId={billing.id} subscription={subscription} />
          <CurrentSubscription
            billing={billing}
            subscription={subscription}
            plans={data.plans}
            seatsInUse={seatsInUse}
          />
        </>
      )}
      {selectPlan.allowed && (
        <PlanPicker
          organizationId={billing.id}
          plans={data.plans}
          currentPlan={billing.plan?.code ?? null}
          previous={subscription}
          seatsInUse={seatsInUse}
        />
      )}
      {subscription && <InvoiceList name={organization.name} />}
    </>
  );
}
