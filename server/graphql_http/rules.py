"""The validation rules, chosen once at start."""

from typing import Any

from graphql import ASTValidationRule, FieldNode, GraphQLError, ValidationRule, specified_rules
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from server.graphql_http.error_codes import ErrorCode
from server.graphql_http.settings import GraphQLHTTPSettings


def validation_rules(settings: GraphQLHTTPSettings) -> tuple[type[ASTValidationRule], ...]:
    """The specification's rules, Strawberry's for its own types, and ours by the settings."""
    rules = [*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule]
    if not settings.introspection:
        rules.append(NoIntrospection)
    return tuple(rules)


class NoIntrospection(ValidationRule):
    """Refuses questions about the schema. `__typename` is none: clients add it everywhere."""

    def enter_field(self, node: FieldNode, *_args: Any) -> None:
        """Report the two fields that begin an introspection."""
        if node.name.value in {"__schema", "__type"}:
            self.report_error(
                GraphQLError(
                    "This server does not answer introspection.",
                    node,
                    extensions={"code": ErrorCode.INTROSPECTION_DISABLED},
                )
            )
