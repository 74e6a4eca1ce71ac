import { Link, useRoute } from "wouter-preact";
import { Banner } from "../../components/feedback.tsx";
import { formatMoment } from "../../format.ts";
import type { FramedOrganization } from "./organization.tsx";

function whatHappens({ access }: FramedOrganization): string {
  if (access?.state === "DEACTIVATED")
    return "Everybody but the owner is locked out until it is renewed.";
  const until = access?.deactivatesAt;
  return until
    ? `Everybody keeps access until ${formatMoment(until)}.`
    : "Everybody keeps access for now.";
}

/** Says on every screen that the subscription has ended, how long access lasts, and what helps. */
export function AccessNotice({ organization }: { organization: FramedOrganization }) {
  const { access, viewBilling } = organization;
  const [onSubscription] = useRoute("/subscription");
  if (!access || access.state === "ACTIVE") return null;
  const offersPlans = viewBilling.allowed && !onSubscription;
  return (
    <Banner
      tone={access.state === "GRACE" ? "warn" : "bad"}
      title="The subscription has ended."
      action={
        offersPlans && (
          <Link href="/subscription" class="button">
            Renew
          </Link>
        )
      }
    >
      {whatHappens(organization)} {!viewBilling.allowed && "The owner or an admin can renew it."}
    </Banner>
  );
}
