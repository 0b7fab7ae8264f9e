"""A question of the cookbook on the real night whose answer it prints."""

from datetime import datetime
from pathlib import Path

import llmpairs
from tests.cookbook.answers import ANSWERS, Tables
from tests.cookbook.questions import Question, differences, render_answer, run_frames


def check_answer(question: Question, store: Path) -> None:
    """The answer is that of another computation, and its first rows are those printed."""
    release = store / "releases" / question.night
    with llmpairs.connect(store, question.night) as con:
        cursor = con.execute(question.sql)
        columns, found = [column[0] for column in cursor.description or ()], cursor.fetchall()
    as_of = datetime.strptime(f"{question.night}+0000", "%Y%m%dT%H%M%SZ%z")
    assert differences(found, ANSWERS[question.name](Tables(release, as_of))) == []
    assert render_answer(columns, found) == question.printed
    for library, code in question.frames.items():
        assert differences(run_frames(code, release), found) == [], library
