"""I17: who took part in trade promotion, what was shown, what was signed and delivered.

How it counts is said in words in `coopevents/data/indicator-rules.yaml` and, with its edge cases,
in `docs/counting-rules.md`.
"""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import select

from coopevents.db import Json, db
from coopevents.directory.models import Organisation, OrganisationKind
from coopevents.outcomes.trade import counting
from coopevents.outcomes.trade.counting import Counted, CountedDeal, Sums
from coopevents.outcomes.trade.models import TradeContract
from coopevents.reports.figures import Figure, Part, Row, Scope, number_of

CLASSES = {True: "women_led", False: "not_women_led", None: "unknown"}


def trade_promotion(scope: Scope) -> Figure:
    """Answer I17: organisations that took part. Source: domain model, section 4; II.5, annex 7."""
    counted = counting.count(scope.programme, scope.from_on, scope.to_on)
    rows = [*_organisation_rows(counted), *_contract_rows(counted)]
    return number_of("I17", len(counted.by_organisation), _breakdown(counted), rows)


def _breakdown(counted: Counted) -> Json:
    sums = Sums.of(counted.deals)
    classes = Counter(CLASSES[counted.class_of(id_)] for id_ in counted.by_organisation)
    shown = counted.participations
    return {
        "took_part": {
            "activities": len(counted.fairs),
            "stands": sum(one.stands for one in shown),
            "products": sum(len(one.products) for one in shown),
        },
        "women_led": {name: classes[name] for name in CLASSES.values()},
        "stars": {str(stars): number for stars, number in counting.stars_of(shown).items()},
        "signed": {kind.value: number for kind, number in sums.signed.items()},
        "value": {
            f"{line}_{basis}": getattr(money, basis)
            for line, money in sums.money.items()
            for basis in ("self_declared", "verified", "not_told")
        },
        "apart": {"undecided": counted.undecided},
    }


def _organisation_rows(counted: Counted) -> list[Row]:
    kinds: dict[int, OrganisationKind] = dict(
        db.session.execute(
            select(Organisation.id, Organisation.kind).where(
                Organisation.id.in_(counted.by_organisation)
            )
        ).all()
    )
    rows = []
    for id_, own in counted.by_organisation.items():
        facts: Json = {
            "part": Part.COUNTED.value,
            "kind": kinds[id_].value,
            "women_led": counted.class_of(id_),
            "events": sorted(one.event_id for one in own),
            "stands": sum(one.stands for one in own),
            "products": sum(len(one.products) for one in own),
        }
        rows.append(Row("organisation", id_, facts))
    return rows


def _contract_rows(counted: Counted) -> list[Row]:
    """Answer a row for each deal, under the contract that was entered first. No buyer is named."""
    numbers = _numbers(claim.id for one in counted.deals for claim in one.deal.claims)
    return [_contract_row(one, numbers) for one in counted.deals]


def _contract_row(counted: CountedDeal, numbers: dict[int, str]) -> Row:
    claims = counted.deal.claims
    facts: Json = {
        "part": Part.DETAIL.value,
        "organisation_id": claims[0].story_id,
        "event_id": counted.event_id,
        "number": next((numbers[claim.id] for claim in claims if numbers[claim.id]), ""),
        "stage": counted.deal.stage.value,
        "claims": [claim.id for claim in claims],
        "lines": {
            line.value: {
                "kind": told.fact.kind.value,
                "value": told.value,
                "basis": told.fact.basis.value,
                "effective_on": told.fact.effective_on.isoformat(),
                "recorded_at": told.fact.recorded_at.isoformat(),
            }
            for line, told in counted.lines.items()
        },
    }
    return Row("contract", claims[0].id, facts)


def _numbers(contract_ids: Iterable[int]) -> dict[int, str]:
    rows = db.session.execute(
        select(TradeContract.id, TradeContract.number).where(
            TradeContract.id.in_(list(contract_ids))
        )
    )
    return dict(rows.all())
