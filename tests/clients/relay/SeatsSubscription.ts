import { graphql } from "relay-runtime";

export const seatsSubscription = graphql`
  subscription SeatsSubscription($id: ID!) {
    organizationUpdated(organizationId: $id) {
      organization {
        displayName
      }
    }
  }
`;
