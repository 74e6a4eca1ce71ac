import { graphql } from "./generated/gql.ts";

export const viewer = graphql(`
  query Viewer {
    viewer {
      email
      organizations(first: 100) {
        nodes {
          id
          name
        }
      }
    }
  }
`);

export const plans = graphql(`
  query Plans {
    plans {
      code
    }
  }
`);

export const createOrganization = graphql(`
  mutation CreateOrganization($input: CreateOrganizationInput!) {
    createOrganization(input: $input) {
      organization {
        id
        name
      }
      errors {
        __typename
        ... on Error {
          message
        }
      }
    }
  }
`);

export const organization = graphql(`
  query Organization($id: ID!) {
    organizationById(id: $id) {
      id
      name
      createdAt
      plan {
        id
        code
      }
      subscription {
        id
        status
        seats
      }
      seatUsage {
        limit
        available
      }
    }
  }
`);

export const selectPlan = graphql(`
  mutation SelectPlan($input: SelectPlanInput!) {
    selectPlan(input: $input) {
      billingSession {
        id
        kind
        status
        url
      }
      errors {
        __typename
        ... on Error {
          code
          message
        }
        ... on SeatsOutOfRangeError {
          seats
          minimum
          maximum
        }
        ... on AlreadySubscribedError {
          subscription {
            id
            seats
          }
        }
      }
    }
  }
`);

export const changePlan = graphql(`
  mutation ChangePlan($input: ChangePlanInput!) {
    changePlan(input: $input) {
      subscription {
        id
        seats
      }
      errors {
        __typename
        ... on Error {
          code
          message
        }
        ... on SeatsOutOfRangeError {
          seats
          minimum
          maximum
        }
      }
    }
  }
`);

export const organizationUpdated = graphql(`
  subscription OrganizationUpdated($id: ID!) {
    organizationUpdated(organizationId: $id) {
      changes
      organization {
        id
        plan {
          id
          code
        }
        subscription {
          id
          status
          seats
        }
      }
    }
  }
`);

export const deferredOrganization = graphql(`
  query DeferredOrganization($id: ID!) {
    organizationById(id: $id) {
      id
      name
      ... @defer(label: "members") {
        members(first: 10) {
          nodes {
            id
            role
          }
        }
      }
    }
  }
`);
