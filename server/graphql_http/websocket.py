"""GraphQL over WebSocket: the subprotocol graphql-transport-ws, from the handshake to the close."""

from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket

from server.graphql_http.cross_site import is_allowed, is_own_origin
from server.graphql_http.pipeline import Pipeline
from server.graphql_http.settings import GraphQLHTTPSettings
from server.graphql_http.socket_closing import CloseCode
from server.graphql_http.socket_session import SocketSession
from server.graphql_http.stream_places import StreamPlaces

SUBPROTOCOL = "graphql-transport-ws"


class GraphQLOverWebSocket:
    """The ASGI application of `/graphql` for WebSocket handshakes."""

    def __init__(
        self, pipeline: Pipeline, settings: GraphQLHTTPSettings, places: StreamPlaces
    ) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check the handshake, then talk until one side closes."""
        socket = WebSocket(scope, receive, send)
        if not self._may_connect(socket):
            await socket.close()  # before the handshake is accepted: the browser sees a 403
            return
        if SUBPROTOCOL not in scope["subprotocols"]:
            await socket.accept()
            await socket.close(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE, "Subprotocol not acceptable")
            return
        await socket.accept(SUBPROTOCOL)
        if self._places.is_full:
            await socket.close(CloseCode.TRY_AGAIN_LATER, "Too many connections")
            return
        with self._places.taken():
            await SocketSession(socket, self._pipeline, self._settings).run()

    def _may_connect(self, socket: WebSocket) -> bool:
        """CORS does not hold for WebSockets: without this any page could open one."""
        origin = socket.headers.get("origin")
        return is_own_origin(socket) or is_allowed(origin, self._settings.allowed_origins)
