"""An office that imports through the pages, with a worker that comes when it is called."""

import io
import re
from typing import Any

import openpyxl
from flask.testing import FlaskClient
from sqlalchemy import func, select

from coopevents.db import Base, db
from coopevents.intake import queries
from coopevents.intake.models import ImportBatch, ImportQuestion
from tests.browsing import hidden, post
from tests.intake import old_letters, sheets
from workers import intake

IMPORT = "/organisations/import"
KEPT = {"import_batches", "import_changes", "import_mappings"}
"""What stays of an import that was undone: the records of imports themselves."""


def send(client: FlaskClient, data: bytes, name: str = "so.xlsx", day: str = "2024-07-31") -> Any:
    """Choose a file and send it, as the form does."""
    page = client.get(IMPORT).text
    return post(client, page, f"{IMPORT}?lang=en", file=(io.BytesIO(data), name), as_of=day)


def upload(client: FlaskClient, data: bytes, name: str = "so.xlsx", day: str = "2024-07-31") -> str:
    """Send a file that is taken; answer the address of its import."""
    answer = send(client, data, name, day)
    assert answer.status_code == 303, answer.text
    return answer.location


def confirm_columns(client: FlaskClient, address: str) -> Any:
    """Say that the columns mean what they were guessed to mean."""
    page = client.get(f"{address}/columns?lang=en").text
    return client.post(f"{address}/columns", data=filled(page))


def filled(page: str) -> dict[str, str]:
    """Answer the fields of the page's form as they stand in it."""
    told = {"csrf_token": hidden(page)}
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        first = re.search(r'<option value="([^"]*)"', options)
        told[name] = (chosen or first)[1]
    for tag in re.findall(r"<input[^>]*>", page):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if 'type="number"' in tag or ('type="radio"' in tag and "checked" in tag):
            told[name[1]] = value[1]
    return told


def decide(client: FlaskClient, address: str, **answers: str) -> Any:
    """Save the decisions as the page proposes them, those given otherwise."""
    page = client.get(f"{address}/questions").text
    return client.post(f"{address}/questions", data={**filled(page), **answers})


def write(client: FlaskClient, address: str) -> None:
    """Press the button, and let the worker come."""
    answer = post(client, client.get(address).text, f"{address}/write")
    assert answer.status_code == 303, answer.text
    work()


def work() -> None:
    """Let the worker do all that waits."""
    for batch_id in queries.list_waiting():
        intake.run_import.run(batch_id)
    db.session.expire_all()


def bring(client: FlaskClient, data: bytes, name: str = "so.xlsx", day: str = "2024-07-31") -> str:
    """Import a file through all its pages, every question answered as proposed."""
    address = upload(client, data, name, day)
    confirm_columns(client, address)
    if questions(address):
        decide(client, address)
    write(client, address)
    return address


def batch_at(address: str) -> ImportBatch:
    """Answer the import that the address shows."""
    return db.session.get_one(ImportBatch, int(address.rsplit("/", 1)[1]), populate_existing=True)


def questions(address: str) -> list[ImportQuestion]:
    """Answer what somebody must decide about."""
    return queries.list_questions(batch_at(address))


def fingerprint() -> dict[str, list[tuple[Any, ...]]]:
    """Answer every row of every table that an import writes to or points to."""
    tables = [
        table
        for table in Base.metadata.sorted_tables
        if "import_batch_id" in table.columns and table.name not in KEPT
    ]
    return {
        table.name: [tuple(row) for row in db.session.execute(select(table).order_by(table.c.id))]
        for table in tables
    }


def count(table: type[Base]) -> int:
    """Answer how many rows the table has."""
    return db.session.scalar(select(func.count()).select_from(table)) or 0


def in_tcvn3(names: list[str]) -> bytes:
    """Answer a workbook of organisations of these names, all of it in the letters of TCVN3."""
    data = sheets.register(*(sheets.row(name=name) for name in names))
    book = openpyxl.load_workbook(io.BytesIO(data))
    for row in book["HTX"].iter_rows():
        for cell in row:
            if isinstance(cell.value, str):
                cell.value = old_letters.to_tcvn3(cell.value)
    return saved(book)


def saved(book: openpyxl.Workbook) -> bytes:
    """Answer the workbook as a file."""
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()
