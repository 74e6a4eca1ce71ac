"""An invoice as a PDF of one column of text: enough to be opened, printed and filed.

The file is written by hand (ISO 32000-1, section 7.5): catalogue, pages, a font and one stream of
text for each page. Characters beyond Windows-1252 are shown as question marks.
"""

from dataclasses import dataclass

_WIDTH, _HEIGHT = 595, 842  # A4 in points
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 539, 780, 60
_LEADING = 18
_SIZES = {"title": 20, "strong": 11, "text": 10}
_AVERAGE_WIDTH = 0.5  # of Helvetica's characters, in ems; good enough to align figures


@dataclass(frozen=True)
class TextLine:
    """A line with text at the left and, mostly for amounts, at the right."""

    left: str = ""
    right: str = ""
    style: str = "text"


def write_pdf(lines: list[TextLine]) -> bytes:
    """The bytes of the file."""
    per_page = (_TOP - _BOTTOM) // _LEADING
    pages = [lines[i : i + per_page] for i in range(0, len(lines), per_page)] or [[]]
    count = len(pages)
    kids = " ".join(f"{5 + 2 * index} 0 R" for index in range(count))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {count} >>".encode(),
        _font("Helvetica"),
        _font("Helvetica-Bold"),
    ]
    for index, page in enumerate(pages):
        objects += [_page(contents=6 + 2 * index), _stream(page)]
    return _file(objects)


def _font(name: str) -> bytes:
    return (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
    ).encode()


def _page(*, contents: int) -> bytes:
    return (
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {_WIDTH} {_HEIGHT}] "
        f"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> /Contents {contents} 0 R >>"
    ).encode()


def _stream(lines: list[TextLine]) -> bytes:
    parts = []
    for index, line in enumerate(lines):
        height = _TOP - index * _LEADING
        parts.append(_show(line.left, line.style, x=_LEFT, y=height))
        if line.right:
            size = _SIZES[line.style]
            width = len(line.right) * size * _AVERAGE_WIDTH
            parts.append(_show(line.right, line.style, x=_RIGHT - width, y=height))
    body = b"\n".join(parts)
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(body), body)


def _show(text: str, style: str, *, x: float, y: float) -> bytes:
    font = "F1" if style == "text" else "F2"
    escaped = text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
    encoded = escaped.encode("cp1252", errors="replace")
    start = f"BT /{font} {_SIZES[style]} Tf {x:.1f} {y:.1f} Td (".encode()
    return start + encoded + b") Tj ET"


def _file(objects: list[bytes]) -> bytes:
    out = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1,
        table,
    )
    return bytes(out)
