#include "files/clean.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <png.h>
#include <turbojpeg.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <memory>
#include <vector>

namespace tandem::files {

namespace {

struct Format {
  std::string_view content_type, extension, magic;
};
constexpr std::array<Format, 3> kFormats{{{"image/png", "png", "\x89PNG\r\n\x1a\n"},
                                          {"image/jpeg", "jpg", "\xff\xd8\xff"},
                                          {"application/pdf", "pdf", "%PDF-"}}};

[[noreturn]] void refuse(std::string why) { throw Problem(kFileRefused, std::move(why)); }

void check_pixels(std::int64_t width, std::int64_t height) {
  if (width < 1 || height < 1 || width > kPixelsMax || height > kPixelsMax || width * height > kPixelsMax)
    refuse(fmt::format("an image has at most {} megapixels", kPixelsMax / 1'000'000));
}

/// libpng's simplified interface frees what it holds by png_image_free only.
struct PngImage : png_image {
  PngImage() : png_image{} { version = PNG_IMAGE_VERSION; }
  PngImage(const PngImage&) = delete;
  PngImage& operator=(const PngImage&) = delete;
  ~PngImage() { png_image_free(this); }
};

std::string clean_png(std::string_view bytes) {
  PngImage in;
  if (png_image_begin_read_from_memory(&in, bytes.data(), bytes.size()) == 0) refuse("the image is damaged");
  check_pixels(in.width, in.height);
  in.format = PNG_FORMAT_RGBA;
  std::vector<png_byte> pixels(PNG_IMAGE_SIZE(in));
  if (png_image_finish_read(&in, nullptr, pixels.data(), 0, nullptr) == 0) refuse("the image is damaged");
  PngImage out;
  out.width = in.width;
  out.height = in.height;
  out.format = PNG_FORMAT_RGBA;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(out);
  std::string encoded(size, '\0');
  if (png_image_write_to_memory(&out, encoded.data(), &size, 0, pixels.data(), 0, nullptr) == 0)
    refuse("the image cannot be encoded");
  encoded.resize(size);
  return encoded;
}

struct DestroyTurbo {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using Turbo = std::unique_ptr<void, DestroyTurbo>;
struct FreeTurbo {
  void operator()(unsigned char* bytes) const { tjFree(bytes); }
};

/// The orientation that EXIF tells (1 to 8, TIFF tag 0x0112 of the first IFD); 1 when it tells none.
int orientation_of(std::string_view jpeg) {
  const auto at = jpeg.substr(0, 64 * 1024).find(std::string_view("Exif\0\0", 6));
  if (at == std::string_view::npos) return 1;
  const std::string_view tiff = jpeg.substr(at + 6);
  const bool is_little = tiff.starts_with("II");
  const auto read = [&](std::size_t offset, std::size_t count) -> std::size_t {
    std::size_t value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const std::size_t k = offset + (is_little ? count - 1 - i : i);
      if (k >= tiff.size()) return 0;
      value = value << 8 | static_cast<unsigned char>(tiff[k]);
    }
    return value;
  };
  constexpr std::size_t kEntryBytes = 12, kEntriesMax = 100, kOrientation = 0x0112;
  const std::size_t directory = read(4, 4);
  if (directory > tiff.size()) return 1;
  const std::size_t entries = std::min(read(directory, 2), kEntriesMax);
  for (std::size_t i = 0; i < entries; ++i) {
    const std::size_t entry = directory + 2 + i * kEntryBytes;
    if (read(entry, 2) != kOrientation) continue;
    const auto value = static_cast<int>(read(entry + 8, 2));
    return value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}

struct Pixels {
  int width = 0, height = 0;
  std::vector<unsigned char> rgb;
};

/// Turned upright: where each pixel of the result comes from, for the eight orientations of EXIF.
Pixels upright(Pixels in, int orientation) {
  if (orientation == 1) return in;
  const bool is_turned = orientation >= 5;
  Pixels out{is_turned ? in.height : in.width, is_turned ? in.width : in.height, {}};
  out.rgb.resize(in.rgb.size());
  for (int y = 0; y < out.height; ++y)
    for (int x = 0; x < out.width; ++x) {
      int from_x = is_turned ? y : x, from_y = is_turned ? x : y;
      if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8)
        from_x = in.width - 1 - from_x;
      if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7)
        from_y = in.height - 1 - from_y;
      const auto from = 3 * (static_cast<std::size_t>(from_y) * static_cast<std::size_t>(in.width) +
                             static_cast<std::size_t>(from_x));
      const auto to = 3 * (static_cast<std::size_t>(y) * static_cast<std::size_t>(out.width) +
                           static_cast<std::size_t>(x));
      std::copy_n(in.rgb.begin() + static_cast<std::ptrdiff_t>(from), 3,
                  out.rgb.begin() + static_cast<std::ptrdiff_t>(to));
    }
  return out;
}

std::string clean_jpeg(std::string_view bytes) {
  constexpr int kQuality = 90;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  Pixels pixels;
  int sampling = 0, colours = 0;
  const Turbo reader(tjInitDecompress());
  if (!reader || tjDecompressHeader3(reader.get(), data, bytes.size(), &pixels.width, &pixels.height,
                                     &sampling, &colours) != 0)
    refuse("the image is damaged");
  check_pixels(pixels.width, pixels.height);
  pixels.rgb.resize(3 * static_cast<std::size_t>(pixels.width) * static_cast<std::size_t>(pixels.height));
  if (tjDecompress2(reader.get(), data, bytes.size(), pixels.rgb.data(), pixels.width, 0, pixels.height,
                    TJPF_RGB, TJFLAG_LIMITSCANS | TJFLAG_STOPONWARNING) != 0)
    refuse("the image is damaged");
  pixels = upright(std::move(pixels), orientation_of(bytes));
  const Turbo writer(tjInitCompress());
  unsigned char* out = nullptr;
  unsigned long size = 0;
  const int status = writer ? tjCompress2(writer.get(), pixels.rgb.data(), pixels.width, 0, pixels.height,
                                          TJPF_RGB, &out, &size, TJSAMP_420, kQuality, 0)
                            : -1;
  const std::unique_ptr<unsigned char, FreeTurbo> owned(out);
  if (status != 0) refuse("the image cannot be encoded");
  return {reinterpret_cast<const char*>(out), size};
}

/// A PDF is not opened: what can be told from outside is that it is whole and not encrypted (ISO
/// 32000-1, 7.5).
std::string checked_pdf(std::string_view bytes) {
  constexpr std::size_t kTail = 1024;
  const auto tail = bytes.substr(bytes.size() - std::min(bytes.size(), kTail));
  if (!tail.contains("%%EOF") || !bytes.contains("startxref")) refuse("the PDF is not whole");
  if (bytes.contains("/Encrypt")) refuse("the PDF is encrypted");
  return std::string(bytes);
}

/// The name's extension agrees with the type: ".JPEG" and ".jpg" are one.
bool fits(std::string_view name, const Format& format) {
  const auto dot = name.rfind('.');
  if (dot == std::string_view::npos) return true;
  std::string extension(name.substr(dot + 1));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension == format.extension || (extension == "jpeg" && format.extension == "jpg");
}

std::atomic<int> waiting{0};

}  // namespace

CleanFile clean(std::string_view bytes, std::string_view content_type, std::string_view name) {
  if (bytes.empty()) refuse("the file is empty");
  const auto format =
      std::ranges::find_if(kFormats, [&](const Format& f) { return bytes.starts_with(f.magic); });
  if (format == kFormats.end()) throw Problem(kUnsupportedMediaType, "a file is PNG, JPEG or PDF");
  if (content_type != format->content_type)
    throw Problem(kUnsupportedMediaType, fmt::format("the file is {}", format->content_type));
  if (!fits(name, *format))
    throw Problem(kUnsupportedMediaType, fmt::format("the file is {}", format->content_type));
  CleanFile out{std::string(format->content_type), std::string(format->extension), {}};
  out.bytes = format->extension == "png"   ? clean_png(bytes)
              : format->extension == "jpg" ? clean_jpeg(bytes)
                                           : checked_pdf(bytes);
  return out;
}

Task<CleanFile> clean_elsewhere(std::string bytes, std::string content_type, std::string name) {
  constexpr int kWaitingMax = 16;
  static boost::asio::thread_pool thread(1);
  struct Place {
    bool is_free = waiting.fetch_add(1) < kWaitingMax;
    Place() = default;
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() { waiting.fetch_sub(1); }
  } place;
  if (!place.is_free) throw Problem(kUnavailable);
  const auto work = [](std::string file, std::string type, std::string called) -> Task<CleanFile> {
    co_return clean(file, type, called);
  };
  co_return co_await boost::asio::co_spawn(
      thread, work(std::move(bytes), std::move(content_type), std::move(name)), boost::asio::use_awaitable);
}

}  // namespace tandem::files
