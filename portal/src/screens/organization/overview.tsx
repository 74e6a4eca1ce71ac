import { useQuery } from "@urql/preact";
import { Link } from "wouter-preact";
import { Loading, LoadingFailed } from "../../components/feedback.tsx";
import { SeatMeter } from "../../components/seat-meter.tsx";
import { count, formatDay, formatMoney } from "../../format.ts";
import { graphql, type ResultOf } from "../../graphql.ts";
import type { FramedOrganization } from "./organization.tsx";

const Overview = graphql(`
  query Overview($name: String!, $billing: Boolean!) {
    organizationByName(name: $name) {
      id
      plan {
        name
        description
      }
      seatUsage {
        limit
        occupied
        reserved
        available
        over
      }
      members(first: 1, status: ACTIVE) {
        totalCount
      }
      subscription @include(if: $billing) {
        id
        status
        seats
        interval
        currentPeriodEnd
        trialEndsAt
        endsAt
        price {
          unitAmount {
            amount
            currency
          }
        }
      }
    }
  }
`);

type Subscription = NonNullable<
  NonNullable<ResultOf<typeof Overview>["organizationByName"]>["subscription"]
>;

/** The next dated thing that a subscription does by itself, or null when it does nothing more. */
function whatComesNext(
  subscription: Subscription,
): { title: string; at: string; note: string } | null {
  const { status, trialEndsAt, endsAt, currentPeriodEnd, price, seats } = subscription;
  const amount = formatMoney({ ...price.unitAmount, amount: price.unitAmount.amount * seats });
  if (endsAt)
    return {
      title: "The subscription ends",
      at: endsAt,
      note: "It was cancelled and will not renew.",
    };
  if (status === "TRIALING" && trialEndsAt) {
    return {
      title: "The trial ends",
      at: trialEndsAt,
      note: `Then ${amount} for ${count(seats, "seat")}.`,
    };
  }
  if (status === "ACTIVE") {
    return {
      title: "The subscription renews",
      at: currentPeriodEnd,
      note: `${amount} for ${count(seats, "seat")}.`,
    };
  }
  return null;
}

function NextCard({ subscription }: { subscription: Subscription }) {
  const next = whatComesNext(subscription);
  if (!next) return null;
  return (
    <section class="card">
      <h2>What comes next</h2>
      <p class="figure">{formatDay(next.at)}</p>
      <p>{next.title}.</p>
      <p class="soft">{next.note}</p>
    </section>
  );
}

/** What the organization has, who uses it, and what comes next. */
export function OverviewScreen({ organization }: { organization: FramedOrganization }) {
  const billing = organization.viewBilling.allowed;
  const [{ data, error }, again] = useQuery({
    query: Overview,
    variables: { name: organization.name, billing },
  });
  const overview = data?.organizationByName;
  if (!overview) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return <Loading />;
  }
  const { plan, seatUsage, members, subscription } = overview;
  return (
    <div class="cards">
      {plan && (
        <section class="card">
          <h2>Plan</h2>
          <p class="figure">{plan.name}</p>
          <p class="soft">{plan.description}</p>
          {billing && (
            <Link href="/subscription" class="button card-action">
              {subscription ? "Manage subscription" : "See the plans"}
            </Link>
          )}
        </section>
      )}
      {seatUsage && members && (
        <section class="card">
          <h2>Seats</h2>
          <p class="figure">
            {seatUsage.occupied} <span class="soft">of {seatUsage.limit} in use</span>
          </p>
          <SeatMeter usage={seatUsage} />
          <Link href="/members" class="button card-action">
            {count(members.totalCount, "member")}
          </Link>
        </section>
      )}
      {subscription && <NextCard subscription={subscription} />}
    </div>
  );
}
