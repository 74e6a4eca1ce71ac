from services.lean_imports import import_without

# Tracebacks are logged plainly (`server.logs`); the log's library would load rich to colour them.
import_without("structlog", "rich")
