"""The GraphQL endpoint: HTTP, server-sent events, multipart, JSON Lines and WebSocket."""
