"""/orders: a list with pages, one order, and a POST that must not be executed twice."""

import json
from collections import OrderedDict

from mock_upstream.config.numbers import whole_number
from mock_upstream.endpoints.router import Endpoint
from mock_upstream.http.request import Request
from mock_upstream.http.response import Response, json_response

_KEPT = 10_000
"""Orders beside the stock, the newest; an `Idempotency-Key` is known for as long as its order is there."""
_PAGE = 20
_STOCK = 100


class Orders:
    """Orders by number. A POST with a repeated `Idempotency-Key` gets the first response again."""

    def __init__(self) -> None:
        self._orders: dict[int, dict[str, object]] = {
            number: {"id": number, "item": f"item-{number % 7}", "quantity": 1 + number % 3}
            for number in range(1, _STOCK + 1)
        }
        self._next = _STOCK + 1
        self._made_by: OrderedDict[str, int] = OrderedDict()

    def endpoints(self) -> list[Endpoint]:
        """Return the endpoints of this store."""
        return [
            Endpoint("GET", "/orders", self._list),
            Endpoint("POST", "/orders", self._create),
            Endpoint("GET", "/orders/{id}", self._one),
        ]

    def _list(self, request: Request) -> Response:
        page, size = _number(request.argument("page", "1"), 1), _number(request.argument("size", ""), _PAGE)
        size = min(size, 100)
        last = self._next - 1
        numbers = range(max(1, last - page * size + 1), last - (page - 1) * size + 1)
        orders = [self._orders[number] for number in reversed(numbers) if number in self._orders]
        following = page + 1 if page * size < last else None
        return json_response({"orders": orders, "page": page, "next_page": following, "total": last})

    def _one(self, request: Request) -> Response:
        order = self._orders.get(_number(request.params[0], 0))
        return json_response({"error": "no such order"}, 404) if order is None else json_response(order)

    def _create(self, request: Request) -> Response:
        key = request.header(b"idempotency-key")
        first = self._made_by.get(key) if key else None
        if first is not None and first in self._orders:
            again = self._created(first)
            headers = (*again.headers, ("Idempotent-Replayed", "true"))
            return Response(again.status, again.body, again.content_type, headers, replay=True)
        try:
            wanted = json.loads(request.body) if request.body else {}
        except (ValueError, RecursionError):
            return json_response({"error": "the body must be JSON"}, 400)
        number = self._keep(wanted)
        if key:
            self._made_by[key] = number
            if len(self._made_by) > _KEPT:
                self._made_by.popitem(last=False)
        return self._created(number)

    def _keep(self, wanted: object) -> int:
        number = self._next
        self._next += 1
        details = wanted if isinstance(wanted, dict) else {"item": wanted}
        self._orders[number] = {**details, "id": number}
        forgotten = number - _KEPT
        if forgotten > _STOCK:
            del self._orders[forgotten]
        return number

    def _created(self, number: int) -> Response:
        return json_response(self._orders[number], 201, _location(number))


def _location(number: int) -> tuple[tuple[str, str], ...]:
    return (("Location", f"/orders/{number}"),)


def _number(text: str, default: int) -> int:
    return whole_number(text) or default
