"""A table's columns, as its attrs class has them."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import pytest
from attrs import frozen

from mcpbase.table import BOOLEAN, JSON, JSON_TUPLE, Codec, Joined, Table


@frozen
class Person:
    id: str
    admin: bool
    colours: tuple[str, ...] = ()
    settings: dict[str, object] | None = None


@frozen
class Pet:
    id: str
    owner: str
    years: int


PEOPLE = Table("people", Person, codecs={"admin": BOOLEAN, "colours": JSON_TUPLE, "settings": JSON})
PETS = Table("pets", Pet, renamed={"years": "age"})
ADA = Person("ada", admin=True, colours=("red", "blue"), settings={"size": 2})


@pytest.fixture
def database() -> Iterator[sqlite3.Connection]:
    """The columns stand in another order here, and there are more of them."""
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.execute("CREATE TABLE people (colours, note DEFAULT 'none', settings, id, admin)")
        connection.execute("CREATE TABLE pets (age, id, owner)")
        connection.execute(PEOPLE.insert, PEOPLE.values(ADA))
        connection.execute(PETS.insert, PETS.values(Pet("rex", "ada", 7)))
        yield connection


def test_value_comes_back_as_it_was(database: sqlite3.Connection) -> None:
    row = database.execute(f"SELECT {PEOPLE.columns} FROM people").fetchone()
    assert PEOPLE.read(row) == ADA
    assert PEOPLE.width == len(row)


def test_field_may_have_a_column_of_another_name(database: sqlite3.Connection) -> None:
    assert PETS.values(Pet("rex", "ada", 7)) == {"id": "rex", "owner": "ada", "age": 7}
    assert PETS.read(database.execute(f"SELECT {PETS.columns} FROM pets WHERE age = 7").fetchone()) == Pet(
        "rex", "ada", 7
    )


def test_columns_hold_what_a_database_can(database: sqlite3.Connection) -> None:
    assert database.execute("SELECT id, admin, colours, settings FROM people").fetchone() == (
        "ada",
        1,
        '["red", "blue"]',
        '{"size": 2}',
    )


def test_names_and_places_insert_from_a_select(database: sqlite3.Connection) -> None:
    bob = Person("bob", admin=False)
    database.execute(
        f"INSERT INTO people ({PEOPLE.names}, note) SELECT {PEOPLE.places}, :note FROM pets",
        {**PEOPLE.values(bob), "note": "new"},
    )
    assert database.execute("SELECT note, admin FROM people WHERE id = 'bob'").fetchone() == ("new", 0)


def test_joined_rows_are_pairs_though_columns_share_their_names(database: sqlite3.Connection) -> None:
    both = Joined(PETS, PEOPLE)
    row = database.execute(f"SELECT {both.columns} FROM pets JOIN people ON people.id = pets.owner").fetchone()
    assert both.read(row) == (Pet("rex", "ada", 7), ADA)


def test_row_of_another_width_is_no_value() -> None:
    with pytest.raises(TypeError):
        PETS.read(("rex", "ada"))


def test_codec_is_any_pair_of_functions() -> None:
    upper = Table("pets", Pet, codecs={"owner": Codec(str.upper, str.lower), "years": Codec(json.dumps, json.loads)})
    assert upper.values(Pet("rex", "ada", 7)) == {"id": "rex", "owner": "ADA", "years": "7"}
    assert upper.read(("rex", "ADA", "7")) == Pet("rex", "ada", 7)
