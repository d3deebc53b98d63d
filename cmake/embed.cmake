# Writes a file's bytes as a C++ source; called at build time by tandem_embed() of the root CMakeLists.txt:
#   cmake -D input=FILE -D output=FILE.cpp -D symbol=NAME -P embed.cmake
# Not #embed and not .incbin: with the first ccache would not see that the file changed, with the second it gives up.
file(READ ${input} hex HEX)
string(REGEX REPLACE "(..)" "'\\\\x\\1'," bytes "${hex}")
file(WRITE ${output} "#include <string_view>
namespace tandem::embedded {
static constexpr char kBytes[] = {${bytes}'\\0'};
extern const std::string_view ${symbol};
constinit const std::string_view ${symbol}{kBytes, sizeof kBytes - 1};
}  // namespace tandem::embedded
")
