#!/usr/bin/env python3
"""Hold the SQL texts of the sources to the rules of docs/scale-out.md, so that they run on PostgreSQL and on Citus.

Reads every `Query<…> name{"module.verb_noun", "…"}`, ListQuery and ServiceQuery of src/**/*.cpp and *.hpp (tests
excepted), and every other R"sql(…)sql". Rules:

  name          the first literal is `module.verb_noun` with the file's own module, used once
  case          keywords are lower case
  star          columns are named: no `select *`, `returning *`, `t.*` (but `u.*` of an unnest is allowed: Q6)
  organization  each table of a statement has its own `organization_id`, and `$1` is used (R5, Q1)
  set_config    no set_config (R2)
  merge         no MERGE (Q12)
  statements    one statement a text, without a semicolon (R6)
  volatile      no volatile function where UPDATE, DELETE or DO UPDATE is (Q2), no now() in DO UPDATE SET (Q3) or in
                the RETURNING of an UPDATE (Q4)
  insert_select INSERT … SELECT has RETURNING or ON CONFLICT (Q7)
  values        no subquery inside VALUES (Q5)
  outer_join    the table of an outer join has `organization_id = $1` in its ON clause, or the organization of a tenant
                table on its left; a join with a function, VALUES or a reference table needs the parameter (R8)
  order         a ListQuery ends before its order, which it adds itself
  raw           features write SQL in a Query only

A ServiceQuery crosses organizations by its nature, so `organization` and `outer_join` do not apply to it. Any other
statement that must be let off says so on the lines of comment above it or on its first line, with the rule and the
reason: `// sql: organization: the administrator reads the catalogue`.
"""
import re
import sys
from pathlib import Path

VOLATILE = re.compile(r"\b(clock_timestamp|gen_random_uuid|random|nextval|timeofday|uuid_generate_v\d\w*|setval)\s*\(")
KEYWORDS = re.compile(r"\b(SELECT|INSERT|UPDATE|DELETE|FROM|WHERE|VALUES|RETURNING|JOIN|WITH|SET|ORDER BY|GROUP BY|AND"
                      r"|OR|NULL|IS|ON CONFLICT|LIMIT|AS)\b")
QUERY = re.compile(r"\b(?:db::)?(Query|ListQuery|ServiceQuery)\s*<")
RAW = re.compile(r'R"(\w*)\((.*?)\)\1"', re.S)
PLAIN = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
ALLOW = re.compile(r"//\s*sql:\s*(\w+):\s*\S")
NOT_TABLES = {"lateral", "unnest", "generate_series", "jsonb_to_recordset", "json_to_recordset", "set", "select"}
PLATFORM = {"base", "log", "crypto", "db", "net", "jobs", "http", "events", "files", "documents", "app"}


class Statement:
    def __init__(self, kind, name, text, line, allowed):
        self.kind, self.name, self.text, self.line, self.allowed = kind, name, text, line, allowed


# ---------------------------------------------------------------- reading the sources

def literal_at(text, at):
    """(value, end) of the string literal that starts at `at`, or None."""
    for pattern, group in ((RAW, 2), (PLAIN, 1)):
        match = pattern.match(text, at)
        if match:
            value = match.group(group)
            return (value if pattern is RAW else value.replace('\\"', '"').replace("\\n", "\n")), match.end()
    return None


def closing(text, at, pair):
    """Index of the bracket that closes the one at `at`, jumping over literals and comments; -1 when there is none."""
    depth = 0
    while at < len(text):
        literal = literal_at(text, at) if text[at] in 'R"' else None
        if literal:
            at = literal[1]
            continue
        if text.startswith("//", at):
            at = text.find("\n", at)
            if at < 0:
                return -1
        if text[at] == pair[0]:
            depth += 1
        elif text[at] == pair[1]:
            depth -= 1
            if depth == 0:
                return at
        at += 1
    return -1


def arguments(text, begin, end):
    """The string arguments between two braces: adjacent literals are one."""
    found, current, at, depth = [], None, begin, 0
    while at < end:
        literal = literal_at(text, at) if text[at] in 'R"' else None
        if literal:
            current = (current or "") + literal[0]
            at = literal[1]
            continue
        if text.startswith("//", at):
            at = text.find("\n", at)
            continue
        if text[at] in "{(":
            depth += 1
        elif text[at] in "})":
            depth -= 1
        elif text[at] == "," and depth == 0:
            found.append(current)
            current = None
        at += 1
    found.append(current)
    return found


def without_comments(text):
    """C++ with its comments blanked; literals and line numbers stay."""
    def blank(match):
        return match.group(0) if match.group(0)[0] in '"R' else re.sub(r"[^\n]", " ", match.group(0))
    return re.sub(r'R"(\w*)\(.*?\)\1"|"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.S)


def allowed_at(lines, number):
    """Rules let off on a line or in the comment right above it."""
    rules = set(ALLOW.findall(lines[number - 1]))
    above = number - 2
    while above >= 0 and lines[above].strip().startswith("//"):
        rules.update(ALLOW.findall(lines[above]))
        above -= 1
    return rules


def statements(text):
    """All SQL texts of one source."""
    lines, out, inside = text.splitlines(), [], []
    text = without_comments(text)
    for match in QUERY.finditer(text):
        angle = closing(text, match.end() - 1, "<>")
        rest = re.compile(r"\s*&?\s*\w+\s*(\[\])?\s*([{(])").match(text, angle + 1) if angle > 0 else None
        if not rest:
            continue
        opens = rest.end() - 1
        end = closing(text, opens, "{}" if rest.group(2) == "{" else "()")
        values = arguments(text, opens + 1, end) if end > 0 else []
        if len(values) < 2 or values[0] is None or values[1] is None:
            continue
        number = text.count("\n", 0, match.start()) + 1
        inside.append((match.start(), end))
        out.append(Statement(match.group(1), values[0], values[1], number, allowed_at(lines, number)))
    for match in re.finditer(r'R"sql\((.*?)\)sql"', text, re.S):
        if not any(begin <= match.start() < end for begin, end in inside):
            number = text.count("\n", 0, match.start()) + 1
            out.append(Statement("raw", None, match.group(1), number, allowed_at(lines, number)))
    return out


# ---------------------------------------------------------------- reading a statement

def plain(sql):
    """The statement without comments and with quoted strings emptied."""
    sql = re.sub(r"--[^\n]*", " ", sql)
    sql = re.sub(r"/\*.*?\*/", " ", sql, flags=re.S)
    return re.sub(r"'(?:[^']|'')*'", "''", sql)


def level_end(sql, at):
    """End of the parenthesis level that holds `at`."""
    depth = 0
    for index in range(at, len(sql)):
        if sql[index] == "(":
            depth += 1
        elif sql[index] == ")":
            depth -= 1
            if depth < 0:
                return index
    return len(sql)


def flat(sql):
    """The text with everything in parentheses blanked, to see one level's own words."""
    out, depth = [], 0
    for char in sql:
        if char == ")":
            depth -= 1
        out.append(char if depth <= 0 else " ")
        if char == "(":
            depth += 1
    return "".join(out)


def common_tables(sql):
    """Names that WITH gives."""
    return set(re.findall(r"\b(?:with(?:\s+recursive)?|,)\s*(\w+)\s*(?:\([^)]*\))?"
                          r"\s+as\s+(?:not\s+)?(?:materialized\s+)?\(", sql))


def relations(sql):
    """(name, position, is_function) of everything after from, join, into, update, using and commas of a FROM list."""
    out = []
    first = re.compile(r"\b(from|join|into|update|using)\s+(?:only\s+)?(?:lateral\s+)?([a-z_][\w.]*)(\s*\()?")
    for match in first.finditer(sql):
        word, name, call = match.group(1), match.group(2), match.group(3)
        before = sql[:match.start()].rstrip()
        if word == "update" and (before.endswith("do") or re.search(r"\bfor(\s+no\s+key)?$", before)):
            continue
        if word == "from" and re.search(r"\b(distinct|extract\s*\(\s*\w+|trim\s*\([^)]*|substring\s*\([^)]*)$", before):
            continue
        if name in ("set", "select", "of", "skip", "nowait"):
            continue
        out.append((name, match.start(), bool(call) and word != "into"))
        # further members of a comma list: "from a x, b y"
        tail = flat(sql[match.end(2):level_end(sql, match.end(2))])
        stop = re.search(r"\b(where|join|left|inner|cross|group|order|limit|returning|on|set|union|for|having)\b", tail)
        if word in ("from", "using"):
            members = tail[:stop.start() if stop else None]
            for more in re.finditer(r",\s*(?:lateral\s+)?([a-z_][\w.]*)(\s*\()?", members):
                out.append((more.group(1), match.end(2) + more.start(), bool(more.group(2))))
    return out


class Rules:
    """Checks one statement; `shared` are the tables without an organization."""

    def __init__(self, statement, shared):
        self.statement, self.shared = statement, shared
        self.sql = plain(statement.text)
        self.low = self.sql.lower()
        self.defects = []

    def bad(self, rule, what):
        if rule not in self.statement.allowed:
            self.defects.append((rule, what))

    def run(self):
        for rule in (self.words, self.one_statement, self.organization, self.volatile, self.insert_select,
                     self.outer_join, self.order):
            rule()
        return self.defects

    def is_tenant(self, name, is_function):
        bare = name.removeprefix("app.")
        return not (is_function or name in self.common or bare in self.shared or name in NOT_TABLES
                    or name.startswith(("pg_", "information_schema.", "citus")))

    @property
    def common(self):
        return common_tables(self.low)

    def words(self):
        if KEYWORDS.search(self.sql):
            self.bad("case", f"write {KEYWORDS.search(self.sql).group(0)} in lower case")
        if re.search(r"\bset_config\s*\(", self.low):
            self.bad("set_config", "use a literal set local")
        if re.search(r"\bmerge\s+into\b", self.low):
            self.bad("merge", "use on conflict")
        batches = set(re.findall(r"\bunnest\s*\((?:[^()]|\([^()]*\))*\)\s+(?:with\s+ordinality\s+)?(?:as\s+)?(\w+)",
                                 self.low))
        if re.search(r"\b(select|returning)\s+(distinct\s+)?\*", self.low):
            self.bad("star", "name the columns")
        for alias in re.findall(r"\b(\w+)\.\*", self.low):
            if alias not in batches:
                self.bad("star", f"name the columns of {alias}")
        if re.search(r"\bvalues\s*\((?:[^()]|\([^()]*\))*\(\s*select\b", self.low):
            self.bad("values", "write insert … select instead of a subquery in values")

    def one_statement(self):
        if ";" in self.low:
            self.bad("statements", "one statement, no semicolon")

    def organization(self):
        if self.statement.kind == "ServiceQuery":
            return
        tables = [name for name, _, call in relations(self.low) if self.is_tenant(name, call)]
        if not tables:
            return
        mentions = len(re.findall(r"\borganization_id\b", self.low))
        if mentions < len(tables):
            self.bad("organization", f"{len(tables)} tables ({', '.join(tables)}) and {mentions} organization_id")
        elif not re.search(r"\$1\b", self.low):
            self.bad("organization", "$1, the organization, is not used")

    def volatile(self):
        changes = re.search(r"\b(do\s+update|update\s+(?!of\b)[\w.]+(\s+(as\s+)?\w+)?\s+set|delete\s+from)\b", self.low)
        match = VOLATILE.search(self.low)
        if changes and match:
            self.bad("volatile", f"{match.group(1)}() beside an update: bind the value")
        for upsert in re.finditer(r"\bdo\s+update\s+set\b", self.low):
            clause = self.low[upsert.end():level_end(self.low, upsert.end())]
            clause = re.split(r"\b(?:where|returning)\b", clause)[0]
            if re.search(r"\b(now\s*\(|current_timestamp\b|statement_timestamp\s*\()", clause):
                self.bad("volatile", "now() in do update set: take it from excluded")
        for update in re.finditer(r"(?<!do )\bupdate\s+[\w.]+(\s+(as\s+)?\w+)?\s+set\b", self.low):
            tail = self.low[update.end():level_end(self.low, update.end())].split("returning")
            if len(tail) > 1 and re.search(r"\bnow\s*\(", tail[-1]):
                self.bad("volatile", "now() in the returning of an update")

    def insert_select(self):
        for match in re.finditer(r"\binsert\s+into\s+[\w.]+(\s+as\s+\w+)?\s*(\([^)]*\))?\s*(select|with)\b", self.low):
            whole = self.low[match.start():level_end(self.low, match.start())]
            if not re.search(r"\b(returning|on\s+conflict)\b", flat(whole)):
                self.bad("insert_select", "insert … select needs returning or on conflict")

    def outer_join(self):
        if self.statement.kind == "ServiceQuery":
            return
        for match in re.finditer(r"\b(left|right|full)\s+(?:outer\s+)?join\s+(lateral\s+)?([a-z_(][\w.]*)", self.low):
            name = match.group(3)
            if name.startswith("(") or match.group(2) or name in self.common:
                continue  # a subquery is filtered by itself; the organization rule counts its tables
            clause = on_clause(self.low[match.end():level_end(self.low, match.end())])
            others = [(n, call) for n, at, call in relations(self.low) if at < match.start()]
            mixed = any(not self.is_tenant(n, call) for n, call in others) or match.group(1) != "left"
            bound = re.search(r"\borganization_id\s*=\s*\$1\b|\$1\s*=\s*\w+\.organization_id\b", clause)
            if self.is_tenant(name, False) and not bound and (mixed or "organization_id" not in clause):
                self.bad("outer_join", f"{name} needs organization_id = $1 in its on clause")
            elif match.group(1) != "left" and not bound:
                self.bad("outer_join", f"{match.group(1)} join needs organization_id = $1 in its on clause")

    def order(self):
        if self.statement.kind == "ListQuery" and re.search(r"\border\s+by\b", flat(self.low)):
            self.bad("order", "a ListQuery adds its order itself")


def on_clause(clause):
    """Cuts the clause at the first join or clause word of its own level, keeping what parentheses hold."""
    depth = 0
    for match in re.finditer(r"[()]|\b(left|right|full|inner|cross|join|where|group|order|union|returning)\b", clause):
        if match.group(0) == "(":
            depth += 1
        elif match.group(0) == ")":
            depth -= 1
        elif depth == 0:
            return clause[:match.start()]
    return clause


# ---------------------------------------------------------------- the tree

def shared_tables(root):
    """Reference and local tables, as the migrations declare them: they have no organization."""
    found = {"schema_migrations"}
    for path in sorted((root / "migrations").glob("*.sql")):
        text = path.read_text(encoding="utf-8")
        found.update(re.findall(r"scale_replicate\s*\(\s*'app\.(\w+)'", text))
        found.update(re.findall(r"\(\s*'(\w+)'\s*,\s*'(?:local|reference)'", text))
    return found


def check(root):
    """All defects of a tree, as `file:line: rule: what`."""
    root = Path(root)
    shared, names, defects, total = shared_tables(root), {}, [], 0
    for path in sorted((root / "src").rglob("*.[ch]pp")):
        if path.name.endswith("_test.cpp"):
            continue
        place, module = path.relative_to(root).as_posix(), path.relative_to(root / "src").parts[0]
        for statement in statements(path.read_text(encoding="utf-8")):
            total += 1
            where = f"{place}:{statement.line}"
            if statement.kind == "raw" and module not in PLATFORM and "raw" not in statement.allowed:
                defects.append(f"{where}: raw: SQL of a feature is a Query")
            if statement.name is not None:
                if not re.fullmatch(module + r"\.[a-z][a-z0-9_]*", statement.name):
                    defects.append(f"{where}: name: {statement.name} is not {module}.verb_noun")
                if statement.name in names:
                    defects.append(f"{where}: name: {statement.name} is also in {names[statement.name]}")
                names[statement.name] = where
            defects += [f"{where}: {rule}: {what}" for rule, what in Rules(statement, shared).run()]
    return defects, total


def main():
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    defects, total = check(root)
    for defect in defects:
        print(defect)
    print(f"sql: {total} statements, {len(defects)} defects")
    return 1 if defects else 0


if __name__ == "__main__":
    sys.exit(main())
