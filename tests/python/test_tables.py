"""Tables through mappings, files that are packed, and rehearsals."""

import gzip
import io
from decimal import Decimal
from pathlib import Path

import omni
import pytest
from support import OpenStore

ORDERS = {
    "columns": {
        "Customer": "namespace:user_id",
        "Date": "time:%d.%m.%Y",
        "Total": {"property": "revenue", "type": "number", "decimal": ","},
    },
    "event": "Order Completed",
    "properties": {"currency": "CHF"},
    "skip": [{"when": {"Total": {"at_most": 0}}, "reason": "no sale"}],
}
TABLE = (
    "Customer;Date;Total\r\n"
    'u1;1.2.2024;"59,90"\r\n'
    "u1;2.2.2024;0\r\n"
    "u2;soon;1\r\n"
    "u2;3.2.2024;1;2\r\n"
    "u2;3.2.2024;7"
)


def check_orders(store: omni.Store, summary: omni.ImportSummary) -> None:
    assert (summary.read, summary.taken) == (5, 2)
    assert (summary.refused, summary.skipped) == (2, 1)
    figure = store.profile("user_id:u1").figures["Order Completed"]
    assert figure.amounts["CHF"].sum == Decimal("59.9")
    assert [entry.line for entry in store.refused()] == [4, 5]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_a_table_by_a_mapping(
    open_store: OpenStore, folder: Path, packed: bool, encoding: str
) -> None:
    data = TABLE.encode(encoding)
    path = folder / "orders.csv"
    path.write_bytes(gzip.compress(data) if packed else data)
    store = open_store("a")
    mapping = omni.Mapping(ORDERS)
    check_orders(store, store.import_file(path, mapping=mapping))
    assert mapping.skipped == {"no sale": 1}
    again = store.import_file(path, mapping=mapping)
    assert (again.taken, again.duplicates) == (0, 2)


def test_open_files_and_rows_of_any_kind(open_store: OpenStore) -> None:
    store = open_store("a")
    mapping = omni.Mapping(ORDERS)
    check_orders(store, store.import_file(io.StringIO(TABLE), mapping=mapping))
    mapping.bind(["Total", "Customer", "Date", "Other"])
    rows = [("5", "u9", "1.1.2024", None), ["6", "u9", "2.1.2024", "x"]]
    assert store.import_rows(rows, mapping).taken == 2
    with pytest.raises(omni.ArgumentError):
        store.import_rows([[5, "u", "1.1.2024", ""]], mapping)  # type: ignore[list-item]


def test_json_lines_may_be_packed(open_store: OpenStore, folder: Path) -> None:
    path = folder / "a.jsonl.gz"
    path.write_bytes(
        gzip.compress(b'{"type":"identify","userId":"u","messageId":"1"}\n')
    )
    assert open_store("a").import_file(path).taken == 1


def test_a_bad_quote_refuses_its_row(open_store: OpenStore) -> None:
    store = open_store("a")
    mapping = omni.Mapping({"columns": {"W": "namespace:user_id"},
                            "type": "identify"})
    summary = store.import_file(
        io.BytesIO(b'W,X\nu1,"a"b\nu2,c\n'), mapping=mapping
    )
    assert (summary.taken, summary.refused) == (1, 1)
    assert store.refused()[0].code == omni.RefusedCode.ROW
    assert store.refused()[0].line == 2


def test_wrong_mappings_say_where(folder: Path) -> None:
    with pytest.raises(omni.ParseError, match=r"columns\.A\.time: .*%Q"):
        omni.Mapping({"columns": {"A": {"time": "%Q"}}})
    with pytest.raises(omni.ParseError, match="A=x"):
        omni.Mapping().add("A=x")
    (folder / "m.json").write_text('{"csv": {"delimiter": ";"}}')
    mapping = omni.Mapping(folder / "m.json")
    assert mapping.form == omni.TableForm(";", None, True, None)
    with pytest.raises(omni.ArgumentError, match="no column names anybody"):
        mapping.bind(2)
    mapping.close()
    with pytest.raises(omni.ArgumentError, match="closed"):
        mapping.add("A=event")


def test_a_rehearsal_writes_nothing(open_store: OpenStore) -> None:
    store = open_store("a")
    seen: list[omni.ParsedEvent] = []
    record = {"type": "track", "event": "E", "userId": "U ", "messageId": "1"}
    with store.start_import("s") as begun, store.batch() as batch:
        begun.rehearse(seen.append)
        batch.add_json([record, record, {"type": "x"}], begun)
        summary = begun.rehearsed()
    assert (summary.taken, summary.duplicates, summary.refused) == (1, 1, 1)
    assert [one.outcome.name for one in seen] == [  # type: ignore[union-attr]
        "TAKEN", "DUPLICATE", "REFUSED",
    ]
    assert '"identifiers":["user_id:U"]' in seen[0].json
    assert store.stats().events == 0
    assert not store.refused()


def test_what_a_callback_raises_comes_out(open_store: OpenStore) -> None:
    store = open_store("a")

    def fail(parsed: omni.ParsedEvent) -> None:
        raise KeyError(parsed.line)

    with store.start_import() as begun, store.batch() as batch:
        begun.rehearse(fail)
        with pytest.raises(KeyError):
            batch.add_json([{"type": "identify", "userId": "u"}], begun)
