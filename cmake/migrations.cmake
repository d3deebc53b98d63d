# Writes the migrations and the lint into one C++ file:
#   cmake -DSOURCE=<repository> -DOUT=<file> -P cmake/migrations.cmake
# Raw strings, so that the texts stand there as they are.
file(GLOB files ${SOURCE}/migrations/[0-9]*.sql)
list(SORT files)
file(WRITE ${OUT}.new
  "// Made from migrations/*.sql by cmake/migrations.cmake.\n#include \"db/migrate.hpp\"\n\n"
  "#pragma clang diagnostic ignored \"-Woverlength-strings\"\n\nnamespace tandem::db {\n\n"
  "const std::vector<Migration>& migrations() {\n  static const std::vector<Migration> all{\n")
foreach(file IN LISTS files)
  get_filename_component(name ${file} NAME)
  string(REGEX MATCH "^[0-9]+" number ${name})
  string(REGEX REPLACE "^0+" "" number ${number})
  file(SHA256 ${file} hash)
  file(READ ${file} text)
  file(APPEND ${OUT}.new "      {${number}, \"${name}\", R\"tandem_sql(")
  file(APPEND ${OUT}.new "${text}")
  file(APPEND ${OUT}.new ")tandem_sql\", \"${hash}\"},\n")
endforeach()
file(APPEND ${OUT}.new "  };\n  return all;\n}\n\nstd::string_view lint_sql() {\n  return R\"tandem_sql(")
if(EXISTS ${SOURCE}/migrations/lint.sql)
  file(READ ${SOURCE}/migrations/lint.sql text)
  file(APPEND ${OUT}.new "${text}")
endif()
file(APPEND ${OUT}.new ")tandem_sql\";\n}\n\n}  // namespace tandem::db\n")
file(RENAME ${OUT}.new ${OUT})
