import { graphql } from "relay-runtime";

// `plan` and `members` are null only with an error, which is thrown: their types are not nullable.
export const planQuery = graphql`
  query PlanQuery($name: String!) @throwOnFieldError {
    organizationByName(name: $name) {
      plan {
        code
      }
      members {
        totalCount
      }
      subscription {
        seats
      }
    }
  }
`;
