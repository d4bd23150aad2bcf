"""Who may use which route: the one table, and the gate in front of every request.

A route that does not stand in `ROUTES` is refused, and a house test fails on it.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from flask import Flask, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import Forbidden, Unauthorized

from coopevents.i18n import _l


class Permission(StrEnum):
    SEE = "see"
    """Read everything of the programme."""
    PLAN = "plan"
    """Plan and run activities: publish, invite, take the roll, close."""
    KEEP_REGISTER = "keep_register"
    """Change the register of organisations and people."""
    COMPILE = "compile"
    """Have the report compiled."""
    MANAGE = "manage"
    """Users, tokens, settings, and what the machine room shows."""


class Gate(StrEnum):
    PUBLIC = "public"
    """Anyone: a page without personal data, or one behind a personal link."""
    SIGNED_IN = "signed_in"
    """Whoever has signed in, in whatever role."""


GRANTS: dict[str, frozenset[Permission]] = {
    "administrator": frozenset(Permission),
    "officer": frozenset(
        {Permission.SEE, Permission.PLAN, Permission.KEEP_REGISTER, Permission.COMPILE}
    ),
    "leader": frozenset({Permission.SEE, Permission.COMPILE}),
    "viewer": frozenset({Permission.SEE}),
}

SEE, PLAN, COMPILE, MANAGE = (
    Permission.SEE,
    Permission.PLAN,
    Permission.COMPILE,
    Permission.MANAGE,
)

ROUTES: dict[str, Permission | Gate] = {
    "static": Gate.PUBLIC,
    "security.login": Gate.PUBLIC,
    "security.logout": Gate.SIGNED_IN,
    "security.verify": Gate.SIGNED_IN,
    "security.static": Gate.PUBLIC,
    "accounts.set_language": Gate.PUBLIC,
    "home.start": Gate.PUBLIC,
    "notices.list_notices": Gate.SIGNED_IN,
    "notices.mark_read": Gate.SIGNED_IN,
    "notices.choose": Gate.SIGNED_IN,
    "system.healthz": Gate.PUBLIC,
    "system.readyz": Gate.PUBLIC,
    "system.gallery": Gate.SIGNED_IN,
    # pages behind a personal link
    "letters_public.enter_code": Gate.PUBLIC,
    "letters_public.open_code": Gate.PUBLIC,
    "registrations.open_invitation": Gate.PUBLIC,
    "registrations.accept": Gate.PUBLIC,
    "registrations.decline": Gate.PUBLIC,
    "registrations.come": Gate.PUBLIC,
    "registrations.confirm_again": Gate.PUBLIC,
    "registrations.calendar": Gate.PUBLIC,
    "registrations.call_back": Gate.PUBLIC,
    "registrations.renew": Gate.PUBLIC,
    "registrations.withdraw": Gate.PUBLIC,
    "registrations.take_place": Gate.PUBLIC,
    "registrations.pass_place_on": Gate.PUBLIC,
    "registrations.show_names": Gate.PUBLIC,
    "registrations.make_passes": Gate.PUBLIC,
    "passes.show_pass": Gate.PUBLIC,
    "passes.calendar": Gate.PUBLIC,
    "materials_public.download": Gate.PUBLIC,
    "mail_public.show": Gate.PUBLIC,
    "mail_public.one_click": Gate.PUBLIC,
    "mail_public.change": Gate.PUBLIC,
    "calendars_public.read_feed": Gate.PUBLIC,
    # what anybody may read
    "calendars_public.list_open": Gate.PUBLIC,
    # asking for a place without an invitation
    "requests_public.show_activity": Gate.PUBLIC,
    "requests_public.ask": Gate.PUBLIC,
    "requests_public.show_kept": Gate.PUBLIC,
    # the demo's own pages
    "demo.list_mails": Gate.PUBLIC,
    "demo.show_mail": Gate.PUBLIC,
    "demo.show_html": Gate.PUBLIC,
    # activities
    "events.list_events": SEE,
    "events.show_event": SEE,
    "events_repeating.choose_beginning": PLAN,
    "events_repeating.repeat": PLAN,
    "events_repeating.plan_from_template": PLAN,
    "events_repeating.save_template": PLAN,
    "events_repeating.remove_template": PLAN,
    "events_editing.plan_event": PLAN,
    "events_editing.change_event": PLAN,
    "events_editing.change_agenda": PLAN,
    "events_editing.list_trainers": SEE,
    "events_editing.add_trainer": PLAN,
    "events_editing.remove_trainer": PLAN,
    "events_editing.link_trainer": PLAN,
    "events.mark_session": PLAN,
    "changes.list_changes": SEE,
    "changes_telling.show_change": SEE,
    "changes_telling.note_told": PLAN,
    "changes_telling.tell_again": PLAN,
    "changes.publish": PLAN,
    "changes.postpone": PLAN,
    "changes.move_session": PLAN,
    "changes.change_place": PLAN,
    "changes.cancel_session": PLAN,
    "changes.cancel": PLAN,
    "changes.close": PLAN,
    "calendars.show_month": SEE,
    "calendars.list_feeds": SEE,
    "calendars.make_feed": SEE,
    "calendars.revoke_feed": SEE,
    "calendars.make_organisation_feed": PLAN,
    "calendars.revoke_organisation_feed": PLAN,
    "calendars.list_publicly": PLAN,
    "invitations.list_invitations": SEE,
    "places.show_places": SEE,
    "places.hold": PLAN,
    "places.release": PLAN,
    "requests.list_requests": SEE,
    "requests.show_request": SEE,
    "requests.set_up": PLAN,
    "requests.approve": PLAN,
    "requests.decline": PLAN,
    "audiences.choose": PLAN,
    "audiences.preview": PLAN,
    "audiences.take_out": PLAN,
    "audiences.confirm": PLAN,
    "invitations.show_round": SEE,
    "invitations.stop": PLAN,
    "invitations.resume": PLAN,
    "invitations.decide": PLAN,
    "guests.choose": PLAN,
    "guests.preview": PLAN,
    "guests.confirm": PLAN,
    "bounces.list_calls": SEE,
    "bounces.show_call": SEE,
    "bounces.tick_off": PLAN,
    # telling by hand: letters, Zalo, calls
    "channels.show_zalo": PLAN,
    "channels.list_calls": SEE,
    "channels.show_call": SEE,
    "channels.list_answers": SEE,
    "channels.note_told": PLAN,
    "channels.take_back": PLAN,
    "channels.assign": PLAN,
    "channels.record_call": PLAN,
    "letters.list_letters": SEE,
    "letters.issue": PLAN,
    "letters.print_letters": PLAN,
    "letters.print_labels": PLAN,
    "materials.list_materials": SEE,
    "materials.download": SEE,
    "materials.upload": PLAN,
    "materials.set_shown": PLAN,
    "materials.change_material": PLAN,
    "materials.remove": PLAN,
    "handover.download": PLAN,
    "attendance.show_roll": SEE,
    "attendance.show_completion": SEE,
    "attendance.mark": PLAN,
    "attendance.add_walk_in": PLAN,
    "attendance.void": PLAN,
    # what has to be done for an activity, and what it costs
    "reminders.list_reminders": SEE,
    "reminders.add_rule": PLAN,
    "reminders.remove_rule": PLAN,
    "reminders.preview": PLAN,
    "reminders.remind": PLAN,
    "checklists.show_checklist": SEE,
    "checklists.add_item": PLAN,
    "checklists.start_list": PLAN,
    "checklists.change_item": PLAN,
    "checklists.tick": PLAN,
    "checklists.move_item": PLAN,
    "checklists.drop_item": PLAN,
    "checklists.put_back": PLAN,
    "budgets.show_budget": SEE,
    "budgets.export_budget": SEE,
    "budgets.export_spendings": SEE,
    "budgets.show_allowances": SEE,
    "budgets.print_allowances": SEE,
    "budgets.export_allowances": SEE,
    "budgets_editing.add_line": PLAN,
    "budgets_editing.change_line": PLAN,
    "budgets_editing.drop_line": PLAN,
    "budgets_editing.spend": PLAN,
    "budgets_editing.correct_spending": PLAN,
    "budgets_editing.take_back_spending": PLAN,
    "budgets_editing.add_rate": PLAN,
    "budgets_editing.change_rate": PLAN,
    "budgets_editing.drop_rate": PLAN,
    # the register
    "directory.list_organisations": SEE,
    "directory.count_organisations": SEE,
    "directory.export_organisations": SEE,
    "directory.show_organisation": SEE,
    "territory.search_units": SEE,
    "territory.show_unit": SEE,
    "territory.list_open_seats": SEE,
    "territory.tell_seats": Permission.KEEP_REGISTER,
    "duplicates.list_candidates": SEE,
    "duplicates.compare": SEE,
    "duplicates.decide": Permission.KEEP_REGISTER,
    "duplicates.list_decided": SEE,
    "duplicates.undo": Permission.KEEP_REGISTER,
    "duplicates.take_back": Permission.KEEP_REGISTER,
    "directory_editing.show_history": SEE,
    "directory_editing.enter": Permission.KEEP_REGISTER,
    "directory_editing.change": Permission.KEEP_REGISTER,
    "directory_editing.correct": Permission.KEEP_REGISTER,
    "directory_editing.correct_founding": Permission.KEEP_REGISTER,
    "directory_editing.end_override": Permission.KEEP_REGISTER,
    "directory_editing.act": Permission.KEEP_REGISTER,
    "directory.show_sheet": SEE,
    "intake.import_register": Permission.KEEP_REGISTER,
    # people
    "people.list_people": SEE,
    "people.export": SEE,
    "people.show_person": SEE,
    "people_editing.enter_person": Permission.KEEP_REGISTER,
    "people_editing.correct_person": Permission.KEEP_REGISTER,
    "people_editing.choose_person": Permission.KEEP_REGISTER,
    "people_editing.choose_organisation": Permission.KEEP_REGISTER,
    "people_editing.give_post": Permission.KEEP_REGISTER,
    "people_editing.end_post": Permission.KEEP_REGISTER,
    "people_editing.choose_successor": Permission.KEEP_REGISTER,
    "people_editing.succeed": Permission.KEEP_REGISTER,
    "people_editing.correct_post": Permission.KEEP_REGISTER,
    "people_editing.take_back_post": Permission.KEEP_REGISTER,
    "people_editing.add_contact": Permission.KEEP_REGISTER,
    "people_editing.keep_contact": Permission.KEEP_REGISTER,
    "people_editing.hold_contact": Permission.KEEP_REGISTER,
    "people_editing.act_on_contact": Permission.KEEP_REGISTER,
    # OCOP certificates
    "ocop.list_certificates": SEE,
    "ocop.export": SEE,
    "ocop.show_certificate": SEE,
    "ocop.show_figure": SEE,
    "ocop.list_without_holder": SEE,
    "ocop_editing.enter_certificate": Permission.KEEP_REGISTER,
    "ocop_editing.correct_certificate": Permission.KEEP_REGISTER,
    "ocop_editing.withdraw": Permission.KEEP_REGISTER,
    "ocop_editing.take_back_withdrawal": Permission.KEEP_REGISTER,
    "ocop_editing.choose_receiver": Permission.KEEP_REGISTER,
    "ocop_editing.transfer": Permission.KEEP_REGISTER,
    "ocop_editing.take_back_transfer": Permission.KEEP_REGISTER,
    "intake.sample_file": Permission.KEEP_REGISTER,
    "intake.show_batch": Permission.KEEP_REGISTER,
    "intake.progress": Permission.KEEP_REGISTER,
    "intake.choose_letters": Permission.KEEP_REGISTER,
    "intake.choose_columns": Permission.KEEP_REGISTER,
    "intake.check": Permission.KEEP_REGISTER,
    "intake.decide": Permission.KEEP_REGISTER,
    "intake.write": Permission.KEEP_REGISTER,
    "intake.undo": Permission.KEEP_REGISTER,
    "intake.leave": Permission.KEEP_REGISTER,
    "attendance_grid.by_organisation": SEE,
    # kinds of activity
    "kinds.list_kinds": SEE,
    "kinds.add_kind": MANAGE,
    "kinds.change_kind": MANAGE,
    "kinds.retire": MANAGE,
    "kinds.bring_back": MANAGE,
    # trade promotion and what came of it
    "trade.show_event": SEE,
    "trade.list_calls": SEE,
    "trade.show_contract": SEE,
    "trade.list_matches": SEE,
    "trade.export_annex": SEE,
    "trade.note_call": PLAN,
    "trade_editing.choose_organisation": PLAN,
    "trade_editing.enter_stand": PLAN,
    "trade_editing.change_stand": PLAN,
    "trade_editing.remove_stand": PLAN,
    "trade_editing.show_product": PLAN,
    "trade_editing.remove_product": PLAN,
    "trade_editing.choose_buyer": PLAN,
    "trade_editing.meet_new_buyer": PLAN,
    "trade_editing.meet_buyer": PLAN,
    "trade_editing.remove_meeting": PLAN,
    "trade_editing.change_buyer": PLAN,
    "trade_editing.enter_result": PLAN,
    "trade_editing.correct_result": PLAN,
    "trade_editing.take_back_result": PLAN,
    "trade_editing.correct_contract": PLAN,
    "trade_editing.decide": PLAN,
    # the programme
    "programme.show_targets": SEE,
    "programme.show_figure": SEE,
    # the settings of the programme
    "programme_editing.show_settings": SEE,
    "programme_editing.edit_programme": MANAGE,
    "programme_editing.add_body": MANAGE,
    "programme_editing.rename_body": MANAGE,
    "programme_editing.correct_name": MANAGE,
    "programme_editing.lead": MANAGE,
    "programme_editing.add_third_body": MANAGE,
    "programme_editing.rename_third_body": MANAGE,
    "programme_editing.add_content": MANAGE,
    "programme_editing.correct_content": MANAGE,
    "programme_editing.remove_content": MANAGE,
    "programme_editing.set_target": MANAGE,
    "programme_editing.correct_target": MANAGE,
    "programme_editing.add_baseline": MANAGE,
    "programme_editing.correct_baseline": MANAGE,
    "programme_editing.add_period": MANAGE,
    "programme_editing.change_period": MANAGE,
    "programme_editing.remove_period": MANAGE,
    "year_plan.show_plan": SEE,
    "year_plan.promise": MANAGE,
    "year_plan.change_promise": MANAGE,
    "year_plan.drop_promise": MANAGE,
    "year_plan.copy_plan": MANAGE,
    "charter.download": SEE,
    "charter.load_file": MANAGE,
    "charter.write_file": MANAGE,
    "workdays.show_year": SEE,
    "workdays.name_days": MANAGE,
    "workdays.swap": MANAGE,
    "workdays.correct_day": MANAGE,
    "workdays.forget_day": MANAGE,
    "workdays.set_hours": MANAGE,
    "attendance_grid.count_marks": SEE,
    "attendance_grid.export_grid": SEE,
    "attendance_grid.invite_never_reached": PLAN,
    # advice cases and foundings
    "advice.list_cases": SEE,
    "advice.export_cases": SEE,
    "advice.show_case": SEE,
    "advice_papers.list_papers": SEE,
    "advice_papers.add": Permission.KEEP_REGISTER,
    "advice_papers.remove": Permission.KEEP_REGISTER,
    "advice_papers.download": SEE,
    "advice_editing.choose_organisation": Permission.KEEP_REGISTER,
    "advice_editing.open_case": Permission.KEEP_REGISTER,
    "advice_editing.change_case": Permission.KEEP_REGISTER,
    "advice_editing.choose_contact": Permission.KEEP_REGISTER,
    "advice_editing.add_note": Permission.KEEP_REGISTER,
    "advice_editing.correct_note": Permission.KEEP_REGISTER,
    "advice_editing.close_case": Permission.KEEP_REGISTER,
    "advice_editing.reopen_case": Permission.KEEP_REGISTER,
    "advice_editing.choose_founded": Permission.KEEP_REGISTER,
    "advice_editing.record_founding": Permission.KEEP_REGISTER,
    "advice_editing.found_new": Permission.KEEP_REGISTER,
    "advice_editing.take_back_founding": Permission.KEEP_REGISTER,
    # women's jobs, and the reach of communication work
    "jobs.list_counts": SEE,
    "jobs.export": SEE,
    "jobs.show_history": SEE,
    "jobs.enter": Permission.KEEP_REGISTER,
    "jobs.withdraw": Permission.KEEP_REGISTER,
    "jobs.verify": COMPILE,
    "jobs.verify_several": COMPILE,
    "reach.show_reach": SEE,
    "reach.declare": PLAN,
    "reach.correct": PLAN,
    "reach.withdraw": PLAN,
    # reports
    "reports.list_reports": SEE,
    "reports.show_baselines": SEE,
    "reports.request_report": COMPILE,
    "reports.show_report": SEE,
    "reports.progress": SEE,
    "reports.show_figure": SEE,
    "reports.download": SEE,
    # the API
    "api-docs.openapi_json": Gate.PUBLIC,
    "system.show_api": Gate.PUBLIC,
    "api_organisations.list_organisations": SEE,
    "api_organisations.get_organisation": SEE,
    "api_events.list_events": SEE,
    "api_events.get_event": SEE,
    "api_events.plan_event": PLAN,
    "api_events.change_event": PLAN,
    "api_events.publish": PLAN,
    "api_events.mark_session": PLAN,
    "api_events.close": PLAN,
    "api_changes.postpone": PLAN,
    "api_changes.cancel": PLAN,
    "api_changes.cancel_session": PLAN,
    "api_audiences.preview": PLAN,
    "api_audiences.confirm": PLAN,
    "api_invitations.list_invitations": SEE,
    "api_guests.preview": PLAN,
    "api_guests.confirm": PLAN,
    "api_registrations.list_registrations": SEE,
    "api_attendance.show_attendance": SEE,
    "api_attendance.record_entries": PLAN,
    "api_reports.by_organisation": SEE,
    "api_reports.list_indicators": SEE,
    "api_reports.list_indicator_rows": SEE,
    "api_reports.request_report": COMPILE,
    "api_reports.get_report": SEE,
    "api_reports.download": SEE,
}


@dataclass(frozen=True)
class Actor:
    """Who acts: a user, a token of another program, a personal link, or the system itself."""

    kind: str
    id: int | None
    label: str
    roles: tuple[str, ...] = ()
    programme_id: int | None = None
    body_id: int | None = None

    def may(self, permission: Permission) -> bool:
        """Whether one of the actor's roles grants the permission."""
        return any(permission in GRANTS[role] for role in self.roles)


SYSTEM = Actor(kind="system", id=None, label="coopevents")


def init(app: Flask, identify: Callable[[], Actor | None]) -> None:
    """Put the gate in front of every route; `identify` says who is asking, or None."""

    @app.before_request
    def check_route() -> ResponseReturnValue | None:
        g.actor = identify()
        if request.endpoint is None:
            return None
        return _refusal(ROUTES.get(request.endpoint), g.actor)

    app.jinja_env.globals.update(may=may, opens=opens, Permission=Permission)


def actor() -> Actor:
    """Answer who acts now: the system, when no request is being answered."""
    return getattr(g, "actor", None) or SYSTEM


def act_as(someone: Actor) -> None:
    """Let `someone` stand as the actor of what follows, such as the holder of a personal link."""
    g.actor = someone


@contextmanager
def acting(someone: Actor) -> Iterator[None]:
    """Let `someone` stand as the actor of what follows, and then whoever stood there before."""
    before = getattr(g, "actor", None)
    g.actor = someone
    try:
        yield
    finally:
        g.actor = before


def may(permission: Permission) -> bool:
    """Whether whoever asks holds the permission; for templates that show or hide a button."""
    return actor().may(permission)


def opens(endpoint: str) -> bool:
    """Whether there is such a page and whoever asks may see it; for menus."""
    needed = ROUTES.get(endpoint)
    if endpoint not in current_app.view_functions or needed is None:
        return False
    if isinstance(needed, Permission):
        return may(needed)
    return needed is Gate.PUBLIC or actor() is not SYSTEM


def _refusal(needed: Permission | Gate | None, who: Actor | None) -> ResponseReturnValue | None:
    if needed is Gate.PUBLIC:
        return None
    if needed is None:
        raise Forbidden(str(_l("This page is not open to anyone.")))
    if who is None:
        if request.path.startswith("/api/"):
            raise Unauthorized(str(_l("An access token is needed.")))
        return redirect(url_for("security.login", next=request.full_path.rstrip("?")))
    if needed is Gate.SIGNED_IN or (isinstance(needed, Permission) and who.may(needed)):
        return None
    raise Forbidden(str(_l("Your role does not allow this.")))
