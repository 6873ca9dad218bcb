"""Fills an empty database with made-up data, the same at every run: 300 products, 20 customers, 120 orders.

Run as `python3 -m shop.seed`, after the migrations or before them: it applies those that are missing first.
Nobody in it exists, and every address ends in `example.test`, which no mail can reach.
"""

import asyncio
import csv
import os
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import asyncpg

from shop.migrate import migrate

_FOLDER = Path(__file__).parent.parent / "seed"
_ORDERS = 120
# Steps without a common factor with what they walk over, so that orders spread without chance.
_CUSTOMER_STEP, _PRODUCT_STEP = 7, 37


def products() -> Iterator[tuple[str, str, int, int]]:
    """Category, name, price in cents and stock of every product: each item in each finish."""
    for row, item in enumerate(_rows("items")):
        for column, finish in enumerate(_rows("finishes")):
            cents = int(item["price_cents"]) * int(finish["factor_percent"]) // 100
            stock = (row * 13 + column * 29) % 48
            yield item["category"], f"{finish['finish']} {item['item']}", cents // 50 * 50, stock


def customers() -> Iterator[tuple[str, str]]:
    """Name and address of every customer."""
    for row in _rows("customers"):
        plain = unicodedata.normalize("NFKD", row["name"]).encode("ascii", "ignore").decode()
        yield row["name"], f"{plain.lower().replace(' ', '.')}@example.test"


async def seed(connection: asyncpg.Connection) -> None:
    """The database holds the seed; one that holds products already is left as it is."""
    if await connection.fetchval("SELECT EXISTS (SELECT FROM products)"):
        return
    async with connection.transaction():
        goods, people = list(products()), list(customers())
        names = list(dict.fromkeys((category,) for category, *_ in goods))
        await connection.executemany("INSERT INTO categories (name) VALUES ($1)", names)
        await connection.executemany(
            "INSERT INTO products (category_id, name, price_cents, stock)"
            " SELECT id, $2, $3, $4 FROM categories WHERE name = $1",
            goods,
        )
        await connection.executemany("INSERT INTO customers (name, email) VALUES ($1, $2)", people)
        await connection.executemany(
            "INSERT INTO orders (customer_id, product_id, quantity, ordered_at)"
            " VALUES ($1, $2, $3, timestamptz '2026-01-05 08:00Z' + $4 * interval '37 minutes')",
            [_order(index, len(people), len(goods)) for index in range(_ORDERS)],
        )


def _order(index: int, people: int, goods: int) -> tuple[int, int, int, int]:
    return index * _CUSTOMER_STEP % people + 1, index * _PRODUCT_STEP % goods + 1, index % 4 + 1, index


def _rows(name: str) -> list[dict[str, str]]:
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


async def main() -> None:
    """The database that DATABASE_URL names is migrated and holds the seed."""
    connection = await asyncpg.connect(os.environ["DATABASE_URL"])
    try:
        await migrate(connection)
        await seed(connection)
        count = await connection.fetchval("SELECT count(*) FROM products")
        sys.stdout.write(f"the database holds {count} products\n")
    finally:
        await connection.close()


if __name__ == "__main__":
    asyncio.run(main())
