"""Pictures drawn anew: what a camera writes into them of place and time does not come along."""

import struct
from typing import Any, BinaryIO

from PIL import Image, ImageOps
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from coopevents.errors import InputError
from coopevents.i18n import _

FORMATS = tuple(kind.format or "" for kind in (JpegImageFile, PngImageFile, WebPImageFile))
STEREO = "MPO"
"""A JPEG that some phones put a second view behind; the first is kept."""

MOST_PIXELS = 50_000_000
"""What the largest phones take; drawing it anew needs some 300 MB for a moment."""

QUALITY = 90
ORIENTATION = 0x0112
DRAWN = ("icc_profile", "transparency")
"""Of what is written beside the pixels, that without which they look otherwise."""

BROKEN = (OSError, SyntaxError, ValueError, EOFError, struct.error, KeyError, IndexError, TypeError)
"""What reading a picture raises that is cut short or made to deceive."""


def draw_anew(source: BinaryIO, target: BinaryIO) -> None:
    """Write the picture in its own format, upright, without the data that cameras put beside it.

    Raises InputError for one that is damaged, too large, or moves.
    """
    source.seek(0)
    try:
        with Image.open(source, formats=FORMATS) as picture:
            _require_sensible(picture)
            _draw(picture, target)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large() from error
    except BROKEN as error:
        raise InputError(_("The picture is damaged, or only a part of it arrived.")) from error


def _require_sensible(picture: Any) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_large()
    if picture.format != STEREO and getattr(picture, "n_frames", 1) > 1:
        raise InputError(_("Moving pictures are not kept: save one picture of it."))


def _too_large() -> InputError:
    return InputError(
        _("The picture has more than %(number)s million points.", number=MOST_PIXELS // 1_000_000)
    )


def _draw(picture: Any, target: BinaryIO) -> None:
    form = "JPEG" if picture.format == STEREO else picture.format
    is_turned = picture.getexif().get(ORIENTATION, 1) != 1
    # As it stands a JPEG keeps its own measure of fineness, and so loses next to nothing.
    keeps = picture.format == "JPEG" and not is_turned
    drawn = ImageOps.exif_transpose(picture) if is_turned else picture
    drawn.load()
    drawn.info = {name: value for name, value in picture.info.items() if name in DRAWN}
    options = {"icc_profile": drawn.info["icc_profile"]} if "icc_profile" in drawn.info else {}
    drawn.save(target, form, quality="keep" if keeps else QUALITY, **options)
