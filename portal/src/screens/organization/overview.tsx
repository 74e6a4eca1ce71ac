import { useQuery } from "@urql/preact";
import { Link } from "wouter-preact";
import { Loading, LoadingFailed } from "../../components/feedback.tsx";
import { SeatMeter } from "../../components/seat-meter.tsx";
import { count, formatDay, formatMoney, type Money } from "../../format.ts";
import { graphql, type ResultOf } from "../../graphql.ts";
import type { FramedOrganization } from "./organization.tsx";
import { PaymentIssueNotice } from "./subscription/billing-notices.tsx";

const EVENTS_SHOWN = 4;

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
        paymentIssue {
          message
          payUrl
        }
        nextPayment {
          amount {
            amount
            currency
          }
        }
      }
      upcomingEvents @include(if: $billing) {
        kind
        at
        invitation {
          email
        }
      }
    }
  }
`);

type Answer = NonNullable<ResultOf<typeof Overview>["organizationByName"]>;
type UpcomingEvent = NonNullable<Answer["upcomingEvents"]>[number];

const WHAT_HAPPENS: Record<UpcomingEvent["kind"], string> = {
  RENEWAL: "The subscription renews.",
  TRIAL_END: "The trial ends, and the first period is charged.",
  CHANGE: "The scheduled change takes effect.",
  PENDING_PAYMENT_EXPIRY: "The change that waits for its payment is dropped.",
  CANCELLATION: "The subscription ends.",
  DEACTIVATION: "Everybody but the owner is locked out.",
  INVITATION_EXPIRY: "An invitation expires",
};

function EventItem({ event, charge }: { event: UpcomingEvent; charge: Money | null }) {
  const charged = event.kind === "RENEWAL" || event.kind === "TRIAL_END";
  return (
    <li>
      <strong>{formatDay(event.at)}</strong>
      <div class="soft">
        {WHAT_HAPPENS[event.kind]}
        {event.invitation && `: ${event.invitation.email}.`}
        {charged && charge && ` ${formatMoney(charge)} will be charged.`}
      </div>
    </li>
  );
}

/** The next few dated things that happen by themselves. */
function NextCard({ events, charge }: { events: readonly UpcomingEvent[]; charge: Money | null }) {
  if (events.length === 0) return null;
  return (
    <section class="card">
      <h2>What comes next</h2>
      <ul class="events">
        {events.slice(0, EVENTS_SHOWN).map((event) => (
          <EventItem key={`${event.kind} ${event.at}`} event={event} charge={charge} />
        ))}
      </ul>
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
  const { plan, seatUsage, members, subscription, upcomingEvents } = overview;
  return (
    <>
      {subscription?.paymentIssue && <PaymentIssueNotice issue={subscription.paymentIssue} />}
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
        <NextCard
          events={upcomingEvents ?? []}
          charge={subscription?.nextPayment?.amount ?? null}
        />
      </div>
    </>
  );
}
