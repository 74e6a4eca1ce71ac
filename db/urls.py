"""One database URL, in the spellings of its users."""

SCHEMES = ("postgresql+asyncpg://", "postgresql://", "postgres://")


def _rest(url: str) -> str:
    for scheme in SCHEMES:
        if url.startswith(scheme):
            return url.removeprefix(scheme)
    raise ValueError(f"DATABASE_URL must begin with postgresql://, not {url.partition(':')[0]}:")


def sqlalchemy_url(url: str) -> str:
    """For SQLAlchemy's asyncpg dialect."""
    return "postgresql+asyncpg://" + _rest(url)


def asyncpg_dsn(url: str) -> str:
    """For asyncpg itself."""
    return "postgresql://" + _rest(url)
