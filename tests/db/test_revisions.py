"""The revisions that a server reads from names of files are those that Alembic knows."""

from alembic.config import Config
from alembic.script import ScriptDirectory

from db import migrate
from db.revisions import MIGRATIONS, older_revisions


def test_the_names_of_files_say_what_alembic_knows() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    known = {one.revision for one in ScriptDirectory.from_config(config).walk_revisions()}
    assert older_revisions() == known - {migrate.head()}
