"""Writes the cookbook's answers anew from recorded runs: `python -m tests.cookbook WAREHOUSE...`.

Answers of runs that are in none of the warehouses stay.
"""

import sys

import llmpairs
from llmpairs.warehouse.releases import list_releases
from llmpairs.warehouse.store import open_store
from tests.cookbook.questions import COOKBOOK, put_answer, read_questions, render_answer


def main() -> None:
    text = COOKBOOK.read_text("utf-8")
    kept = {run_id: uri for uri in sys.argv[1:] for run_id in list_releases(open_store(uri))}
    for question in read_questions(text):
        if question.run_id not in kept:
            print(f"{question.name}: {question.run_id} is in no warehouse that was given", file=sys.stderr)
            continue
        with llmpairs.connect(kept[question.run_id], question.run_id) as con:
            cursor = con.execute(question.sql)
            columns = [column[0] for column in cursor.description or ()]
            text = put_answer(text, question, render_answer(columns, cursor.fetchall()))
    COOKBOOK.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
