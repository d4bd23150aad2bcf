"""Whether a word could be Vietnamese: what its spelling allows, not what a dictionary holds."""

import re
import unicodedata
from functools import lru_cache

TONES = "\u0300\u0301\u0303\u0309\u0323"
SHARP, HEAVY = "\u0301", "\u0323"

ONSETS = "b c ch d đ g gh gi h k kh l m n ng ngh nh p ph q r s t th tr v x"
RIMES = """
    a ac ach ai am an ang anh ao ap at au ay ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu êng
    i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu
    o oc oi om on ong op ot ooc oong oa oac oach oai oam oan oang oanh oao oap oat oay
    oăc oăm oăn oăng oăt oe oen oeo oet
    ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt
    u ua uc ui um un ung up ut uôc uôi uôm uôn uông uôt
    ư ưa ưc ưi ưm ưn ưng ưt ưu ươc ươi ươm ươn ương ươp ươt ươu
    y yêm yên yêng yêt yêu
    uân uâng uât uây uê uêch uên uênh uơ uy uya uych uyn uynh uyp uyt uyu uyên uyêt
    uan uang uanh uach uac uai uat uay uao uap uam uăc uăn uăng uăt uăm uâc ue uen ueo uet uêt
    uit uin uơn uơi uăp
"""
ABBREVIATION = re.compile(r"[bcdđghklmnpqrstvx]{2,}")
"""Letters that stand for words, as in HĐQT."""


SYLLABLE = re.compile(f"(?:{'|'.join(ONSETS.split())})?(?:{'|'.join(RIMES.split())})")


@lru_cache(maxsize=1 << 16)
def is_vietnamese(word: str) -> bool:
    """Whether the word may be a Vietnamese syllable, or an abbreviation, as it is written."""
    letters: list[str] = []
    tones: list[str] = []
    for mark in unicodedata.normalize("NFD", word.lower()):
        (tones if mark in TONES else letters).append(mark)
    plain = unicodedata.normalize("NFC", "".join(letters))
    if not tones and ABBREVIATION.fullmatch(plain):
        return True
    if len(tones) > 1 or not SYLLABLE.fullmatch(plain):
        return False
    # A syllable that ends in a stop is spoken with one of two tones only.
    return not plain.endswith(("c", "ch", "p", "t")) or tones in ([SHARP], [HEAVY])
