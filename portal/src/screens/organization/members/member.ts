import { graphql, type ResultOf } from "../../../graphql.ts";

export const Members = graphql(`
  query Members($name: String!, $search: String, $after: String) {
    organizationByName(name: $name) {
      id
      members(search: $search, first: 20, after: $after) {
        nodes {
          id
          role
          status
          deactivationReason
          joinedAt
          user {
            id
            email
            name
          }
        }
        totalCount
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`);

type Connection = NonNullable<
  NonNullable<ResultOf<typeof Members>["organizationByName"]>["members"]
>;
export type Member = Connection["nodes"][number];

/** What to call somebody. */
export function memberName({ user }: Pick<Member, "user">): string {
  return user.name ?? user.email ?? "Somebody without a name";
}
