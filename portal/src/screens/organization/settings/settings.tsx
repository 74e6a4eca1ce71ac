import type { FramedOrganization } from "../organization.tsx";
import { DangerZone } from "./danger-zone.tsx";
import { DetailsForm } from "./details-form.tsx";

/** What can be said about the organization, and how to leave or end it. */
export function SettingsScreen({ organization }: { organization: FramedOrganization }) {
  return (
    <>
      {organization.update.allowed && <DetailsForm organization={organization} />}
      <DangerZone organization={organization} />
    </>
  );
}
