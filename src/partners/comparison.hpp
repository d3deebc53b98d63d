// What a change of terms changes: term by term and field by field, in words and as data. Pure.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "partners/terms.hpp"

namespace tandem::partners {

/// A field that differs, in English words: "5 %", "10.00 USD", "30 days"; null: it has none.
struct FieldChange {
  std::string field;
  std::optional<std::string> before, after;
};
BOOST_DESCRIBE_STRUCT(FieldChange, (), (field, before, after))

enum class TermChange : int { same, changed, added, removed };
BOOST_DESCRIBE_ENUM(TermChange, same, changed, added, removed)

struct ComparedTerm {
  TermChange change{};
  std::optional<TermInput> before, after;
  std::vector<FieldChange> fields;  // of a changed one
};
BOOST_DESCRIBE_STRUCT(ComparedTerm, (), (change, before, after, fields))

/// Compares terms whose defaults are filled in. Terms of one trigger belong together: equal ones first, then
/// in their order. The new terms come in their order, the removed ones after them.
std::vector<ComparedTerm> compare_terms(std::span<const TermInput> before, std::span<const TermInput> after);

}  // namespace tandem::partners
