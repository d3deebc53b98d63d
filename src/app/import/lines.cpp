#include "app/import/lines.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/import/cells.hpp"
#include "base/json.hpp"

namespace tandem::app::importing {

LineReader::LineReader(const std::filesystem::path& file, const Mapping& mapping)
    : mapping_(mapping), records_(file, mapping.source.delimiter, mapping.source.quote) {
  Record header;
  if (!records_.next(header)) throw ImportError(fmt::format("{} is empty", file.string()));
  if (header.too_long || header.cells.size() > kMostColumns)
    throw ImportError(
        fmt::format("{}: the header is longer than 64 KiB or has more than 256 columns", file.string()));
  std::string scratch;
  for (const auto cell : header.cells) {
    const auto name = to_utf8(cell, mapping.source.encoding, scratch);
    if (!name) throw ImportError(fmt::format("{}: the header is not in the stated encoding", file.string()));
    header_.emplace_back(*name);
  }
  for (auto name = header_.begin(); name != header_.end(); ++name)
    if (!name->empty() && std::find(name + 1, header_.end(), *name) != header_.end())
      throw ImportError(fmt::format("{}: the header names {} twice", file.string(), *name));
  for (std::size_t i = 0; i < kFacts; ++i) facts_[i] = bind(mapping.facts[i]);
  for (const auto& [key, place] : mapping.metadata) metadata_.push_back(bind(place));
  for (const auto& rule : mapping.rules) {
    rules_.emplace_back();
    for (const auto& test : rule.when) rules_.back().push_back({bind(test.place), &test});
    rule_counts_.push_back({rule.name, 0});
  }
  const auto use = [this](const Slot& slot) {
    if (slot.index < header_.size()) used_.push_back(slot.index);
  };
  std::ranges::for_each(facts_, use);
  std::ranges::for_each(metadata_, use);
  for (const auto& rule : rules_)
    for (const auto& bound : rule) use(bound.slot);
  std::ranges::sort(used_);
  const auto repeated = std::ranges::unique(used_);
  used_.erase(repeated.begin(), repeated.end());
  scratch_.resize(used_.size());
  cells_.resize(header_.size());
}

LineReader::Slot LineReader::bind(const Place& place) const {
  if (const auto* constant = std::get_if<Constant>(&place)) return {Slot::kConstant, constant->text};
  const auto* column = std::get_if<Column>(&place);
  if (!column) return {};
  const auto found = std::ranges::find(header_, column->name);
  if (found == header_.end())
    throw ImportError(
        fmt::format("the file has no column {}; its columns are {}", column->name, fmt::join(header_, ", ")));
  return {static_cast<std::size_t>(found - header_.begin()), {}};
}

std::string LineReader::column_of(Fact fact) const {
  const auto index = facts_[static_cast<std::size_t>(fact)].index;
  if (index < header_.size()) return header_[index];
  return index == Slot::kConstant ? "constant " + std::string(json::enum_name(fact)) : std::string();
}

std::string_view LineReader::text(const Slot& slot) const {
  if (slot.index < cells_.size()) return cells_[slot.index];
  return slot.constant;
}

/// Takes the cells that the mapping reads; false when one cannot be read, with the refusal.
bool LineReader::read_cells(const Record& record, Line& out) {
  const auto refuse = [&out](std::string_view code, std::string column, std::string reason) {
    out.refusal = {.line = out.number,
                   .code = code,
                   .column = std::move(column),
                   .rule = {},
                   .reason = std::move(reason)};
    return false;
  };
  std::ranges::fill(cells_, std::string_view{});
  if (record.too_long)
    return refuse("too_long", {}, "the line is longer than 64 KiB, or a quoted cell does not end");
  bool good = true;
  for (std::size_t i = 0; i < used_.size(); ++i) {
    const auto index = used_[i];
    if (index >= record.cells.size()) continue;
    const auto cell = record.cells[index];
    const auto converted =
        cell.size() <= kMostCellBytes ? to_utf8(cell, mapping_.source.encoding, scratch_[i]) : std::nullopt;
    if (converted) {
      cells_[index] = *converted;
    } else if (good) {
      good = cell.size() > kMostCellBytes
                 ? refuse("too_long", header_[index], "the cell is longer than 8 KiB")
                 : refuse("encoding", header_[index],
                          "is not in the stated encoding or holds control characters");
    }
  }
  if (record.cells.size() != header_.size())
    return refuse("cells", {},
                  fmt::format("{} cells; the header has {}", record.cells.size(), header_.size()));
  return good;
}

bool LineReader::holds(const BoundTest& bound) const {
  const auto cell = text(bound.slot);
  const auto& values = bound.test->values;
  const auto number_is = [&](auto fits) {
    const auto number = read_number(cell, mapping_.source.decimal, mapping_.source.thousands);
    return number && fits(number->sign());
  };
  switch (bound.test->kind) {
    case TestKind::empty: return cell.empty();
    case TestKind::zero: return number_is([](int sign) { return sign == 0; });
    case TestKind::positive: return number_is([](int sign) { return sign > 0; });
    case TestKind::negative: return number_is([](int sign) { return sign < 0; });
    case TestKind::equals: return cell == values.front();
    case TestKind::prefix: return cell.starts_with(values.front());
    case TestKind::suffix: return cell.ends_with(values.front());
    case TestKind::in: return std::ranges::find(values, cell) != values.end();
  }
  return false;
}

void LineReader::apply_rules(Line& out) {
  for (std::size_t i = 0; i < rules_.size(); ++i) {
    const auto taken = [this](const BoundTest& bound) { return holds(bound) != bound.test->negated; };
    if (!std::ranges::all_of(rules_[i], taken)) continue;
    const auto& rule = mapping_.rules[i];
    ++rule_counts_[i].lines;
    switch (rule.then) {
      case Then::skip: out.verdict = Line::Verdict::skip; return;
      case Then::zero: out.verdict = Line::Verdict::zero; return;
      case Then::refuse: break;
    }
    out.verdict = Line::Verdict::refuse;
    out.refusal = {
        .line = out.number, .code = "rule", .column = {}, .rule = rule.name, .reason = rule.reason};
    return;
  }
}

bool LineReader::next(Line& out) {
  Record record;
  if (!records_.next(record)) return false;
  if (++lines_ > kMostLines) throw ImportError("the file has more than 10000000 lines");
  out.number = record.line;
  out.verdict = Line::Verdict::use;
  const bool good = read_cells(record, out);
  for (std::size_t i = 0; i < kFacts; ++i) out.facts[i] = text(facts_[i]);
  out.metadata.clear();
  for (const auto& slot : metadata_) out.metadata.push_back(text(slot));
  if (good) {
    apply_rules(out);
  } else {
    out.verdict = Line::Verdict::refuse;
  }
  return true;
}

}  // namespace tandem::app::importing
