from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from coopevents import access, clock
from coopevents.attendance.attended import attended_by_organisations, attended_by_people
from coopevents.db import db
from coopevents.directory.models import Organisation, Person
from coopevents.duplicates import candidates, comparing, queries, service
from coopevents.duplicates.comparing import Compared
from coopevents.duplicates.forms import DecisionForm
from coopevents.duplicates.matching import SIGN_LABELS
from coopevents.errors import DomainError
from coopevents.i18n import _, day
from coopevents.programme import queries as programmes
from coopevents.programme.models import Programme

bp = Blueprint(
    "duplicates", __name__, url_prefix="/duplicates/<any(organisations, people):entry_kind>"
)

TABLES: dict[str, type[Any]] = {"organisations": Organisation, "people": Person}


@dataclass(frozen=True)
class Pair:
    """The two entries a page is about, the older first."""

    first: Any
    second: Any

    @property
    def names(self) -> dict[int, str]:
        """What they are called, by id."""
        return {entry.id: service.name_of(entry) for entry in (self.first, self.second)}


def _programme() -> Programme:
    return programmes.get_programme(access.actor().programme_id)


def _pair(entry_kind: str, first_id: int, second_id: int) -> Pair:
    register_id, table = _programme().register_id, TABLES[entry_kind]
    ids = sorted((first_id, second_id))
    return Pair(*(queries.get_entry(table, id_, register_id) for id_ in ids))


@bp.get("/")
def list_candidates(entry_kind: str) -> str:
    """Show which entries may be one, the likeliest first, and why."""
    register = _programme().register
    after = request.args.get("after")
    found = (
        candidates.list_people(register, after=after)
        if entry_kind == "people"
        else candidates.list_organisations(register, after=after)
    )
    ids = {id_ for pair in found.items for id_ in (pair.first_id, pair.second_id)}
    return render_template(
        "duplicates/list.html",
        entry_kind=entry_kind,
        page=found,
        is_first=after is None,
        entries=queries.briefs(TABLES[entry_kind], ids, clock.today()),
        signs=SIGN_LABELS,
    )


@bp.get("/<int:first_id>/<int:second_id>")
def compare(entry_kind: str, first_id: int, second_id: int) -> str:
    """Show the two side by side, with what would happen; nothing is decided by looking."""
    pair = _pair(entry_kind, first_id, second_id)
    form = DecisionForm.over(pair.names, formdata=None)
    return _comparison(entry_kind, pair, form)


@bp.post("/<int:first_id>/<int:second_id>")
def decide(entry_kind: str, first_id: int, second_id: int) -> ResponseReturnValue:
    """Merge the two, or remember that they are two; a refusal is told on the same page."""
    pair = _pair(entry_kind, first_id, second_id)
    form = DecisionForm.over(pair.names)
    if not form.validate_on_submit():
        return _comparison(entry_kind, pair, form), 422
    try:
        _decide(pair, form, request.form.get("decision"))
    except DomainError as refusal:
        db.session.rollback()
        pair = _pair(entry_kind, first_id, second_id)
        return _comparison(entry_kind, pair, form, refusal), refusal.status
    db.session.commit()
    return redirect(url_for(".list_candidates", entry_kind=entry_kind), 303)


def _decide(pair: Pair, form: DecisionForm, decision: str | None) -> None:
    reason = form.reason.data or ""
    if decision == "different":
        service.tell_apart(pair.first, pair.second, reason)
        return
    if decision != "merge":
        raise DomainError(_("This form is damaged. Please open the page again."), status=422)
    first_is_kept = form.keep.data == pair.first.id
    kept, merged = (pair.first, pair.second) if first_is_kept else (pair.second, pair.first)
    if isinstance(kept, Person):
        service.merge_people(kept, merged, reason)
    else:
        service.merge_organisations(kept, merged, reason)


def _comparison(
    entry_kind: str, pair: Pair, form: DecisionForm, refusal: DomainError | None = None
) -> str:
    ids = [pair.first.id, pair.second.id]
    if entry_kind == "people":
        rows = comparing.compare_people(pair.first, pair.second)
        attended = attended_by_people(ids)
    else:
        rows = comparing.compare_organisations(pair.first, pair.second)
        attended = attended_by_organisations(ids)
    came = [[f"{one.title}, {day(one.last_on)}" for one in attended.get(id_, [])] for id_ in ids]
    rows.append(Compared(_("Came to"), *came))
    return render_template(
        "duplicates/compare.html",
        entry_kind=entry_kind,
        pair=pair,
        names=pair.names,
        rows=[row for row in rows if row.is_told],
        form=form,
        refusal=refusal,
        apart=queries.find_distinct_pair(pair.first, pair.second),
        merges=[
            merge
            for merge in queries.merges_of(pair.first)
            if pair.second.id in {merge.kept_id, merge.merged_id}
        ],
        are_kin=entry_kind == "organisations" and queries.are_kin(pair.first, pair.second),
    )


@bp.get("/decided")
def list_decided(entry_kind: str) -> str:
    """Show what was merged and what was found to be different: who, when, why."""
    table, register = TABLES[entry_kind], _programme().register
    before = request.args.get("before", type=int)
    merges = queries.list_merges(table, register, before=before)
    apart = queries.list_distinct_pairs(
        table, register, before=request.args.get("apart_before", type=int)
    )
    pairs = {pair.id: queries.ids_of_pair(pair) for pair in apart.items}
    ids = {id_ for merge in merges.items for id_ in (merge.kept_id, merge.merged_id)}
    ids |= {id_ for both in pairs.values() for id_ in both}
    return render_template(
        "duplicates/decided.html",
        entry_kind=entry_kind,
        merges=merges,
        apart=apart,
        pairs=pairs,
        entries=queries.briefs(table, ids, clock.today()),
        is_first=before is None,
    )


@bp.post("/merges/<int:merge_id>/undo")
def undo(entry_kind: str, merge_id: int) -> ResponseReturnValue:
    """Let the merged entry stand for itself again."""
    merge = queries.get_merge(TABLES[entry_kind], merge_id, _programme().register_id)
    service.undo_merge(merge)
    db.session.commit()
    return redirect(url_for(".list_decided", entry_kind=entry_kind), 303)


@bp.post("/different/<int:pair_id>/take-back")
def take_back(entry_kind: str, pair_id: int) -> ResponseReturnValue:
    """Forget that the two are two: they may be proposed again."""
    pair = queries.get_distinct_pair(TABLES[entry_kind], pair_id, _programme().register_id)
    service.take_back(pair)
    db.session.commit()
    return redirect(url_for(".list_decided", entry_kind=entry_kind), 303)
