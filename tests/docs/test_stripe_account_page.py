"""docs/stripe-account.md names what the code names."""

import re
import typing
from pathlib import Path

from stripe.params import WebhookEndpointCreateParams

from sandbox.sdk.annotations import shape_of_params
from sandbox.sdk.shapes import ListOf, OneOf
from services.stripe_gateway import API_VERSION, WANTED_EVENTS

PAGE = Path(__file__).parent.parent.parent / "docs" / "stripe-account.md"


def test_the_page_lists_the_events_that_are_wanted() -> None:
    between = r"<!-- events: begin -->\n(.*?)<!-- events: end -->"
    listed = re.search(between, PAGE.read_text(), re.DOTALL)
    assert listed is not None
    assert tuple(listed[1].split()) == WANTED_EVENTS


def test_the_page_names_our_api_version_and_no_other() -> None:
    assert set(re.findall(r"\d{4}-\d\d-\d\d\.\w+", PAGE.read_text())) == {API_VERSION}


def test_stripe_has_every_event_that_is_wanted() -> None:
    """A version of the SDK that renames an event fails here and says which."""
    params = typing.cast("type", WebhookEndpointCreateParams)
    shape = shape_of_params(params).fields["enabled_events"]
    assert isinstance(shape, ListOf)
    assert isinstance(shape.item, OneOf)
    assert set(WANTED_EVENTS) - set(shape.item.values) == set()
    assert list(WANTED_EVENTS) == sorted(set(WANTED_EVENTS))
