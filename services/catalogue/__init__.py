"""The catalogue: what is for sale, from `catalog.toml` to Stripe, our tables and every reader."""

from services.catalogue.catalogue import Catalogue
from services.catalogue.comparison import list_differences
from services.catalogue.file import CatalogueFile, CatalogueFileError, read_catalogue_file
from services.catalogue.pricing import annual_discount_percent, per_month_amount
from services.catalogue.push import PushReport
from services.catalogue.snapshot import CatalogueNotPushedError, CatalogueSnapshot

__all__ = [
    "Catalogue",
    "CatalogueFile",
    "CatalogueFileError",
    "CatalogueNotPushedError",
    "CatalogueSnapshot",
    "PushReport",
    "annual_discount_percent",
    "list_differences",
    "per_month_amount",
    "read_catalogue_file",
]
