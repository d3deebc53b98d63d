// Writing described values as CSV (RFC 4180) that a spreadsheet reads as data, never as formulas.
#include "base/assert.hpp"
#include "base/json.hpp"

namespace tandem::json {
namespace {

/// -?[0-9]+([.][0-9]+)? : harmless although it may begin with '-'.
bool is_plain_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const auto point = text.find('.');
  const auto digits = [](std::string_view part) {
    return !part.empty() && part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  return digits(text.substr(0, point)) && (point == std::string_view::npos || digits(text.substr(point + 1)));
}

/// A field that is a structure, or an optional one, takes a column for each of its leaves.
const Codec* structure_of(const Codec& codec) {
  if (codec.shape == Shape::structure) return &codec;
  if (codec.shape == Shape::optional) return structure_of(*codec.inner);
  return nullptr;
}

void header_cells(const Codec& codec, const std::string& prefix, std::string& out) {
  for (const auto& field : codec.fields()) {
    std::string name = prefix;
    name += field.name;
    if (const Codec* inner = structure_of(*field.codec)) {
      header_cells(*inner, name + ".", out);
    } else {
      csv_cell(name, out);
      out += ',';
    }
  }
}

/// The cell of a leaf; `in` is nullptr for a value that is not there.
void leaf_cell(const Codec& codec, const void* in, std::string& out) {
  if (in == nullptr) {
    out += "\"\"";
    return;
  }
  std::string text;
  switch (codec.shape) {
    case Shape::optional: return leaf_cell(*codec.inner, codec.at(in, 0), out);
    case Shape::text: codec.append(in, text); break;
    case Shape::string: text = *static_cast<const std::string*>(in); break;
    case Shape::enumeration:
      print(codec, in, text);
      text = text.substr(1, text.size() - 2);
      break;
    default: print(codec, in, text);
  }
  csv_cell(text, out);
}

void row_cells(const Codec& codec, const void* in, std::string& out) {
  for (const auto& field : codec.fields()) {
    const Codec* leaf = field.codec;
    const void* value = in == nullptr ? nullptr : field.member(const_cast<void*>(in));
    if (structure_of(*leaf) == nullptr) {
      leaf_cell(*leaf, value, out);
      out += ',';
      continue;
    }
    while (leaf->shape == Shape::optional) {
      if (value != nullptr) value = leaf->at(value, 0);
      leaf = leaf->inner;
    }
    row_cells(*leaf, value, out);
  }
}

/// Replaces the comma behind the last cell by the end of the line.
void end_line(std::string& out) {
  if (out.ends_with(',')) out.pop_back();
  out += "\r\n";
}

}  // namespace

void csv_cell(std::string_view text, std::string& out) {
  constexpr std::string_view kFormulaStarts = "=+-@\t\r";
  out += '"';
  if (!text.empty() && kFormulaStarts.find(text.front()) != std::string_view::npos && !is_plain_number(text))
    out += '\'';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void csv_header(const Codec& codec, std::string& out) {
  TANDEM_ASSERT(codec.shape == Shape::structure, "a CSV row is a structure");
  header_cells(codec, {}, out);
  end_line(out);
}

void csv_row(const Codec& codec, const void* in, std::string& out) {
  TANDEM_ASSERT(codec.shape == Shape::structure, "a CSV row is a structure");
  row_cells(codec, in, out);
  end_line(out);
}

}  // namespace tandem::json
