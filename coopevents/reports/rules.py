"""The counting rules in words, read from the file that ships."""

from dataclasses import dataclass

import yaml
from sqlalchemy import select

from coopevents.config import ROOT
from coopevents.db import Translated, db
from coopevents.i18n import texts
from coopevents.programme.models import Adding, IndicatorRule

FILE = ROOT / "coopevents" / "data" / "indicator-rules.yaml"


@dataclass(frozen=True)
class Rule:
    """A version of a counting rule: what the figure is called, its unit, how it is counted."""

    code: str
    version: int
    adding: Adding
    name: Translated
    unit: Translated
    text: Translated


def _read() -> dict[str, Rule]:
    rules = [
        Rule(
            code=said["code"],
            version=said["version"],
            adding=Adding(said["adding"]),
            name=texts(**said["name"]),
            unit=texts(**said["unit"]),
            text=texts(**said["text"]),
        )
        for said in yaml.safe_load(FILE.read_text(encoding="utf-8"))
    ]
    return {rule.code: rule for rule in rules}


RULES = _read()
"""The rules in force, by the code of their figure."""


def keep_rules() -> None:
    """Have the words of every rule stored under its code and version, as reports print them."""
    stored = db.session.execute(select(IndicatorRule.code, IndicatorRule.version))
    known = {(code, version) for code, version in stored}
    for rule in RULES.values():
        if (rule.code, rule.version) not in known:
            db.session.add(
                IndicatorRule(
                    code=rule.code,
                    version=rule.version,
                    adding=rule.adding,
                    name=rule.name,
                    unit=rule.unit,
                    text=rule.text,
                )
            )
    db.session.flush()
