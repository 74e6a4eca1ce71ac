import { graphql } from "relay-runtime";

export const viewerQuery = graphql`
  query ViewerQuery($first: Int!) {
    viewer {
      email
      organizations(first: $first) {
        edges {
          node {
            name
            ...ViewerQuery_members
          }
        }
      }
    }
  }
`;

export const membersFragment = graphql`
  fragment ViewerQuery_members on Organization {
    members(first: 10) {
      edges {
        node {
          role
          user {
            email
          }
        }
      }
    }
  }
`;
