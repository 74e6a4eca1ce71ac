import { useQuery } from "@urql/preact";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { Link, Route, Switch, useLocation, useRoute } from "wouter-preact";
import { Banner, Empty, Loading, LoadingFailed } from "../../components/feedback.tsx";
import { graphql, type ResultOf } from "../../graphql.ts";
import { useLiveUpdates } from "../../live.ts";
import { Page } from "../../shell/page.tsx";
import { NotFound } from "../not-found.tsx";
import { AccessNotice } from "./access-notice.tsx";
import { AuditLogScreen } from "./audit-log.tsx";
import { MembersScreen } from "./members/members.tsx";
import { OverviewScreen } from "./overview.tsx";
import { SettingsScreen } from "./settings/settings.tsx";
import { SubscriptionScreen } from "./subscription/subscription.tsx";

const OrganizationFrame = graphql(`
  query OrganizationFrame($name: String!) {
    organizationByName(name: $name) {
      id
      name
      displayName
      viewerMembership {
        id
        role
      }
      access {
        state
        deactivatesAt
      }
      viewMembers: viewerCan(action: VIEW_MEMBERS) {
        allowed
        resolution
      }
      viewBilling: viewerCan(action: VIEW_BILLING) {
        allowed
      }
      viewInvitations: viewerCan(action: VIEW_INVITATIONS) {
        allowed
      }
      viewAuditLog: viewerCan(action: VIEW_AUDIT_LOG) {
        allowed
      }
      update: viewerCan(action: UPDATE_ORGANIZATION) {
        allowed
      }
      changeRole: viewerCan(action: CHANGE_MEMBER_ROLE) {
        allowed
      }
      remove: viewerCan(action: REMOVE_MEMBER) {
        allowed
      }
      leave: viewerCan(action: LEAVE_ORGANIZATION) {
        allowed
      }
      transfer: viewerCan(action: TRANSFER_OWNERSHIP) {
        allowed
      }
      delete: viewerCan(action: DELETE_ORGANIZATION) {
        allowed
      }
    }
  }
`);

/** An organization as every screen in it knows it. */
export type FramedOrganization = NonNullable<
  ResultOf<typeof OrganizationFrame>["organizationByName"]
>;

function Tab({ path, children }: { path: string; children: string }) {
  const [here] = useRoute(path);
  return (
    <Link href={path} aria-current={here ? "page" : undefined}>
      {children}
    </Link>
  );
}

/** The tabs of an organization. On a phone they may be wider than the screen: the open one is brought into view. */
function Tabs({ label, children }: { label: string; children: ComponentChildren }) {
  const [location] = useLocation();
  const tabs = useRef<HTMLElement>(null);
  useEffect(() => {
    tabs.current
      ?.querySelector("[aria-current]")
      ?.scrollIntoView({ inline: "center", block: "nearest" });
  }, [location]);
  return (
    <nav ref={tabs} class="tabs" aria-label={label}>
      {children}
    </nav>
  );
}

/** The screens of an organization that the reader may open, with the tabs that lead to them. */
function OpenOrganization({
  organization,
  onEnd,
}: {
  organization: FramedOrganization;
  onEnd: () => void;
}) {
  useLiveUpdates(organization.id, onEnd);
  const billing = organization.viewBilling.allowed;
  return (
    <>
      <Tabs label={organization.displayName}>
        <Tab path="/">Overview</Tab>
        {billing && <Tab path="/subscription">Subscription</Tab>}
        <Tab path="/members">Members</Tab>
        {organization.viewAuditLog.allowed && <Tab path="/audit-log">Audit log</Tab>}
        <Tab path="/settings">Settings</Tab>
      </Tabs>
      <AccessNotice organization={organization} />
      <Switch>
        <Route path="/">
          <OverviewScreen organization={organization} />
        </Route>
        {billing && (
          <Route path="/subscription">
            <SubscriptionScreen organization={organization} />
          </Route>
        )}
        <Route path="/members">
          <MembersScreen organization={organization} />
        </Route>
        {organization.viewAuditLog.allowed && (
          <Route path="/audit-log">
            <AuditLogScreen organization={organization} />
          </Route>
        )}
        <Route path="/settings">
          <SettingsScreen organization={organization} />
        </Route>
        <Route>
          <NotFound />
        </Route>
      </Switch>
    </>
  );
}

/** One organization: its name, and the screens in it. Somebody who is locked out learns why, and nothing else. */
export function OrganizationScreen({ name }: { name: string }) {
  const [{ data, error, fetching }, again] = useQuery({
    query: OrganizationFrame,
    variables: { name },
  });
  const organization = data?.organizationByName;
  const ask = () => again({ requestPolicy: "network-only" });
  if (!organization) {
    if (error)
      return (
        <LoadingFailed error={error} onRetry={() => again({ requestPolicy: "network-only" })} />
      );
    return fetching ? <Loading /> : <NoSuchOrganization />;
  }
  const { allowed, resolution } = organization.viewMembers;
  return (
    <Page title={organization.displayName} wayBack>
      {allowed ? (
        <OpenOrganization organization={organization} onEnd={ask} />
      ) : (
        <Banner tone="warn" title="You are locked out of this organization.">
          {resolution}
        </Banner>
      )}
    </Page>
  );
}

function NoSuchOrganization() {
  return (
    <Empty
      title="There is no such organization"
      action={
        <Link href="~/portal/" class="button">
          Your organizations
        </Link>
      }
    >
      It does not exist, or you do not belong to it.
    </Empty>
  );
}
