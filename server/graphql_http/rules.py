"""The validation rules, chosen once at start."""

from graphql import ASTValidationRule, NoSchemaIntrospectionCustomRule, specified_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from server.graphql_http.settings import GraphQLHTTPSettings


def validation_rules(settings: GraphQLHTTPSettings) -> tuple[type[ASTValidationRule], ...]:
    """The specification's rules, Strawberry's for its own types, and ours by the settings."""
    rules = [*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule]
    if not settings.introspection:
        rules.append(NoSchemaIntrospectionCustomRule)
    return tuple(rules)
