"""The JSON API: products, categories and orders. It is public, as the page calls it from the browser.

Run as `python3 -m shop.api` with PORT, DATABASE_URL and MATINEE_URL_WEB, the address of the page, which alone may
call it from a browser.
"""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from shop.serving import serve

_PAGE_SIZE = 24
_MOST = 20
# The row as a whole is given, so that a migration that adds a column shows without a change here. The order
# mixes items and finishes, so that the first page is no wall of one colour, and is always the same.
_PRODUCTS = """
SELECT to_jsonb(product) - 'category_id' || jsonb_build_object('category', category.name) AS product,
       count(*) OVER () AS total
FROM products AS product JOIN categories AS category ON category.id = product.category_id
WHERE ($1 = '' OR strpos(lower(product.name), lower($1)) > 0) AND ($2 = '' OR category.name = $2)
ORDER BY product.id * 97 % 311, product.id LIMIT $3 OFFSET $4
"""
_CATEGORIES = """
SELECT category.name, count(*) AS products FROM categories AS category
JOIN products ON products.category_id = category.id GROUP BY category.id ORDER BY category.id
"""
_RECENT = """
SELECT customer.name AS customer, product.name AS product, quantity
FROM orders JOIN customers AS customer ON customer.id = customer_id JOIN products AS product ON product.id = product_id
ORDER BY ordered_at DESC, orders.id DESC LIMIT 6
"""
_TAKE = "UPDATE products SET stock = stock - $2 WHERE id = $1 AND stock >= $2 RETURNING name, stock"
_GUEST = """
INSERT INTO customers (name, email) VALUES ('A guest', 'guest@example.test')
ON CONFLICT (email) DO UPDATE SET name = excluded.name RETURNING id
"""
_ORDER = "INSERT INTO orders (customer_id, product_id, quantity) VALUES ($1, $2, $3) RETURNING id"


async def products(request: Request) -> Response:
    """A page of the products that match `search` and `category`, and how many match in all."""
    page = _number(request.query_params.get("page", "1"), most=1_000)
    search, category = (request.query_params.get(name, "")[:100].replace("\0", "") for name in ("search", "category"))
    rows = await _pool(request).fetch(_PRODUCTS, search, category, _PAGE_SIZE, (page - 1) * _PAGE_SIZE)
    found = [json.loads(row["product"]) for row in rows]
    return JSONResponse({"total": rows[0]["total"] if rows else 0, "page": page, "products": found})


async def categories(request: Request) -> Response:
    """Every category with the number of its products."""
    return JSONResponse([dict(row) for row in await _pool(request).fetch(_CATEGORIES)])


async def recent_orders(request: Request) -> Response:
    """The last few orders, the newest first."""
    return JSONResponse([dict(row) for row in await _pool(request).fetch(_RECENT)])


async def order(request: Request) -> Response:
    """An order of a guest is placed and the stock is lowered; 409 if there is not enough."""
    product, quantity = await _wish(request)
    async with _pool(request).acquire() as connection, connection.transaction():
        taken = await connection.fetchrow(_TAKE, product, quantity)
        if taken is None:
            raise HTTPException(409, "not enough in stock")
        guest = await connection.fetchval(_GUEST)
        number = await connection.fetchval(_ORDER, guest, product, quantity)
    return JSONResponse({"order": number, "product": taken["name"], "stock": taken["stock"]}, status_code=201)


async def healthz(request: Request) -> Response:
    """200 while the database answers."""
    await _pool(request).fetchval("SELECT 1")
    return PlainTextResponse("ok\n")


def application(*, database_url: str, page_url: str) -> Starlette:
    """The API over this database, which pages of this address may call."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(database_url, min_size=1, max_size=4, command_timeout=10) as pool:
            app.state.pool = pool
            yield

    return Starlette(
        routes=[
            Route("/products", products),
            Route("/categories", categories),
            Route("/orders", recent_orders),
            Route("/orders", order, methods=["POST"]),
            Route("/healthz", healthz),
        ],
        middleware=[
            Middleware(CORSMiddleware, allow_origins=[page_url], allow_methods=["GET", "POST"], allow_headers=["*"])
        ],
        exception_handlers={HTTPException: _refused},
        lifespan=lifespan,
    )


async def _wish(request: Request) -> tuple[int, int]:
    try:
        body = await request.json()
        return _number(body["product"], most=2**31 - 1), _number(body.get("quantity", 1), most=_MOST)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise HTTPException(400, 'send {"product": 1, "quantity": 1}') from error


async def _refused(_: Request, error: Exception) -> Response:
    status, detail = (error.status_code, error.detail) if isinstance(error, HTTPException) else (500, "")
    return JSONResponse({"error": detail}, status_code=status)


def _number(value: Any, *, most: int) -> int:
    try:
        number = int(value)
    except (ValueError, TypeError) as error:
        raise HTTPException(400, "a number is needed") from error
    if not 1 <= number <= most:
        raise HTTPException(400, f"a number from 1 to {most} is needed")
    return number


def _pool(request: Request) -> asyncpg.Pool:
    return request.app.state.pool


if __name__ == "__main__":
    serve(application(database_url=os.environ["DATABASE_URL"], page_url=os.environ.get("MATINEE_URL_WEB", "")))
