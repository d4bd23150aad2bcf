"""Unicode turned into the letters of old programs, sign by sign as their tables print them."""

LETTERS = [
    *("à", "ả", "ã", "á", "ạ", "ă", "ằ", "ẳ", "ẵ", "ắ", "ặ", "â", "ầ", "ẩ", "ẫ", "ấ", "ậ", "đ"),
    *("è", "ẻ", "ẽ", "é", "ẹ", "ê", "ề", "ể", "ễ", "ế", "ệ", "ì", "ỉ", "ĩ", "í", "ị"),
    *("ò", "ỏ", "õ", "ó", "ọ", "ô", "ồ", "ổ", "ỗ", "ố", "ộ", "ơ", "ờ", "ở", "ỡ", "ớ", "ợ"),
    *("ù", "ủ", "ũ", "ú", "ụ", "ư", "ừ", "ử", "ữ", "ứ", "ự", "ỳ", "ỷ", "ỹ", "ý", "ỵ"),
]
"""The 67 letters of Vietnamese that are not of the Latin alphabet."""

IN_TCVN3 = [
    *("µ", "¶", "·", "¸", "¹", "¨", "»", "¼", "½", "¾", "Æ", "©", "Ç", "È", "É", "Ê", "Ë", "®"),
    *("Ì", "Î", "Ï", "Ð", "Ñ", "ª", "Ò", "Ó", "Ô", "Õ", "Ö", "×", "Ø", "Ü", "Ý", "Þ"),
    *("ß", "á", "â", "ã", "ä", "«", "å", "æ", "ç", "è", "é", "¬", "ê", "ë", "ì", "í", "î"),
    *("ï", "ñ", "ò", "ó", "ô", "\xad", "õ", "ö", "÷", "ø", "ù", "ú", "û", "ü", "ý", "þ"),
]
IN_VNI = [
    *("aø", "aû", "aõ", "aù", "aï", "aê", "aè", "aú", "aü", "aé", "aë"),
    *("aâ", "aà", "aå", "aã", "aá", "aä", "ñ"),
    *("eø", "eû", "eõ", "eù", "eï", "eâ", "eà", "eå", "eã", "eá", "eä", "ì", "æ", "ó", "í", "ò"),
    *("oø", "oû", "oõ", "où", "oï", "oâ", "oà", "oå", "oã", "oá", "oä"),
    *("ô", "ôø", "ôû", "ôõ", "ôù", "ôï"),
    *("uø", "uû", "uõ", "uù", "uï", "ö", "öø", "öû", "öõ", "öù", "öï"),
    *("yø", "yû", "yõ", "yù", "î"),
]
TCVN3 = dict(zip(LETTERS, IN_TCVN3, strict=True))
TCVN3_CAPITALS = dict(zip("ĂÂÊÔƠƯĐ", "¡¢£¤¥¦§", strict=True))
VNI = dict(zip(LETTERS, IN_VNI, strict=True))


def to_tcvn3(text: str) -> str:
    """Answer the text as typed for .VnTime, or for .VnTimeH where a capital bears a tone."""
    small = {**TCVN3, **{letter.upper(): sign for letter, sign in TCVN3.items()}}
    return "".join({**small, **TCVN3_CAPITALS}.get(letter, letter) for letter in text)


def to_vni(text: str) -> str:
    """Answer the text as typed for VNI-Times."""
    capitals = {letter.upper(): signs.upper() for letter, signs in VNI.items()}
    return "".join({**VNI, **capitals}.get(letter, letter) for letter in text)
