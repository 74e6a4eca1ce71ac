"""How GraphQL operations run fast. Knows GraphQL and nothing of this product."""
