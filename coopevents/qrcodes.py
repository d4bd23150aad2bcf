"""QR codes of addresses, as SVG: sharp on paper and on any screen."""

import io

import segno


def drawn(address: str) -> str:
    """Answer the address as a QR code, an SVG that survives being folded and stained."""
    svg = io.BytesIO()
    segno.make_qr(address, error="m").save(svg, kind="svg", border=2, xmldecl=False)
    return svg.getvalue().decode()


def inline(address: str) -> str:
    """Answer the same as the address of a picture: it comes along with its page.

    It has the whole quiet zone and a white ground of its own, as dark screens have none.
    """
    svg_uri: str = segno.make_qr(address, error="m").svg_data_uri(
        border=4, light="#fff", omitsize=True
    )
    return svg_uri
