#!/usr/bin/env python3
"""What an import of an Online Retail file must come to, computed without Tandem and without its mapping.

    demo/expected.py FILE.csv[.gz]            prints JSON
    demo/expected.py --write                  writes demo/expected.json for the shipped month
    demo/expected.py --check                  fails when demo/expected.json is stale

One invoice is one conversion; `C` in front of its number makes it a credit note. The exact total of an invoice is the
sum of quantity x unit price over its lines. Commission is 5 % of the exact total, rounded once per invoice, half away
from zero, to pence. Amounts are minor units (pence) unless the name ends in `_exact`, which is a decimal in pounds.
"""
import csv
import gzip
import io
import json
import pathlib
import sys
from collections import defaultdict
from decimal import ROUND_HALF_UP, Decimal

HERE = pathlib.Path(__file__).resolve().parent
SLICE = HERE / "online-retail-2011-03.csv.gz"
EXPECTED = HERE / "expected.json"
RATE = Decimal("0.05")
# What an import of the whole shared file reports; a change of this script that moves them is wrong.
WHOLE_FILE = {"sale_invoices": 10789, "credit_invoices": 2006, "sales_exact": "4826466.491",
              "credits_exact": "-428515.73", "earned": 24132955, "taken_back": -2142851}


def pence(pounds: Decimal) -> int:
    """Half away from zero: decimal's ROUND_HALF_UP rounds the magnitude."""
    return int((pounds * 100).quantize(Decimal(1), ROUND_HALF_UP))


def plain(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def slug(name: str) -> str:
    words = "".join(c if c.isascii() and c.isalnum() else " " for c in name.lower()).split()
    return "-".join(words)


class Sums:
    """Figures of one group of invoices."""

    def __init__(self) -> None:
        self.sale_invoices = self.zero_invoices = self.credit_invoices = 0
        self.sales_exact = self.credits_exact = Decimal(0)
        self.sales = self.credits = self.earned = self.taken_back = 0

    def add(self, is_credit: bool, total: Decimal) -> None:
        if is_credit:
            self.credit_invoices += 1
            self.credits_exact += total
            self.credits += pence(total)
            self.taken_back += pence(total * RATE)
        else:
            self.sale_invoices += 1
            self.zero_invoices += total == 0
            self.sales_exact += total
            self.sales += pence(total)
            self.earned += pence(total * RATE)

    def figures(self) -> dict:
        return {
            "sale_invoices": self.sale_invoices, "zero_invoices": int(self.zero_invoices),
            "credit_invoices": self.credit_invoices,
            "sales_exact": plain(self.sales_exact), "credits_exact": plain(self.credits_exact),
            "sales": self.sales, "credits": self.credits,
            "earned": self.earned, "taken_back": self.taken_back, "net": self.earned + self.taken_back,
        }


def read(path: pathlib.Path) -> list[dict]:
    packed = path.read_bytes()
    data = gzip.decompress(packed) if packed[:2] == b"\x1f\x8b" else packed
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def expected(path: pathlib.Path) -> dict:
    lines = read(path)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    first: dict[str, dict] = {}
    for line in lines:
        number = line["InvoiceNo"]
        totals[number] += Decimal(line["Quantity"]) * Decimal(line["UnitPrice"])
        kept = first.setdefault(number, line)
        if line["Country"] != kept["Country"]:
            raise SystemExit(f"invoice {number} names two countries")
        if line["InvoiceDate"] < kept["InvoiceDate"]:
            first[number] = line
    whole, partners, months, both = Sums(), defaultdict(Sums), defaultdict(Sums), defaultdict(Sums)
    for number, total in totals.items():
        country, month = first[number]["Country"], first[number]["InvoiceDate"][:7]
        for sums in (whole, partners[country], months[month], both[country, month]):
            sums.add(number.startswith("C"), total)
    return {
        "file": path.name, "lines": len(lines), "currency": "GBP", "rate_ppm": 50000, "time_zone": "Europe/London",
        "from": min(line["InvoiceDate"] for line in lines), "to": max(line["InvoiceDate"] for line in lines),
        "total": whole.figures(),
        "by_currency": [{"currency": "GBP", **whole.figures()}],
        "by_partner": [{"partner": slug(c), "name": c, **partners[c].figures()} for c in sorted(partners, key=slug)],
        "by_month": [{"month": m, **months[m].figures()} for m in sorted(months)],
        "by_partner_and_month": [{"partner": slug(c), "month": m, "earned": both[c, m].earned,
                                  "taken_back": both[c, m].taken_back, "net": both[c, m].earned + both[c, m].taken_back}
                                 for c, m in sorted(both, key=lambda key: (slug(key[0]), key[1]))],
    }


def text_of(figures: dict) -> str:
    """JSON with one row of a list per line, so that a difference is read at a glance."""
    parts = []
    for key, value in figures.items():
        if isinstance(value, list):
            rows = ",\n    ".join(json.dumps(row) for row in value)
            parts.append(f"  {json.dumps(key)}: [\n    {rows}\n  ]")
        else:
            parts.append(f"  {json.dumps(key)}: {json.dumps(value)}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def main(arguments: list[str]) -> int:
    if arguments == ["--write"]:
        EXPECTED.write_text(text_of(expected(SLICE)), encoding="utf-8")
        return 0
    if arguments == ["--check"]:
        same = EXPECTED.read_text(encoding="utf-8") == text_of(expected(SLICE))
        print("current" if same else "expected.json is stale: run demo/expected.py --write")
        return 0 if same else 1
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    sys.stdout.write(text_of(expected(pathlib.Path(arguments[0]))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
