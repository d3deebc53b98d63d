// `tandem import rates`: a file of a central bank; its content tells whose (docs/import.md).
#include "app/commands.hpp"
#include "app/database.hpp"
#include "base/gzip.hpp"
#include "ledger/module.hpp"

namespace tandem::app {
namespace {

std::string unpacked(const std::string& path) {
  GzipReader reader(path, std::int64_t{64} << 20);
  std::string out, chunk(1 << 16, '\0');
  while (const auto size = reader.read(chunk.data(), chunk.size())) out.append(chunk, 0, size);
  return out;
}

struct ImportedRates {
  ledger::RateSource source{};
  std::int64_t rates = 0, stored = 0, unknown = 0;
};
BOOST_DESCRIBE_STRUCT(ImportedRates, (), (source, rates, stored, unknown))

}  // namespace

int import_rates(const Config& config, const std::string& path, Format format) {
  const std::string text = unpacked(path);
  const auto file = ledger::read_rates(text);
  if (!file) throw UserError(fmt::format("{}: {}", path, file.error()));
  Session session(config);
  const ImportedRates out{
      .source = file->source,
      .rates = static_cast<std::int64_t>(file->rates.size()),
      .stored = session.run(ledger::store_rates(session.pool, *file, text, ledger::BroughtBy::person)),
      .unknown = file->unknown};
  if (format == Format::json)
    fmt::print("{}\n", json::print(out));
  else
    fmt::print("{} rates of {} read, {} stored, {} known already; {} of currencies that are no more.\n",
               out.rates, json::enum_name(out.source), out.stored, out.rates - out.stored, out.unknown);
  return 0;
}

}  // namespace tandem::app
