#include "files/clean.hpp"

#include <gtest/gtest.h>
#include <png.h>
#include <turbojpeg.h>

#include <vector>

#include "base/encoding.hpp"

namespace tandem::files {
namespace {

std::string png(std::uint32_t width, std::uint32_t height) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = width;
  image.height = height;
  image.format = PNG_FORMAT_RGB;
  const std::vector<png_byte> pixels(PNG_IMAGE_SIZE(image), 0x80);
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
  std::string out(size, '\0');
  EXPECT_NE(png_image_write_to_memory(&image, out.data(), &size, 0, pixels.data(), 0, nullptr), 0);
  out.resize(size);
  return out;
}

/// Left half red, right half blue.
std::string jpeg(int width, int height) {
  std::vector<unsigned char> pixels;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (const int c : {x < width / 2 ? 255 : 0, 0, x < width / 2 ? 0 : 255})
        pixels.push_back(static_cast<unsigned char>(c));
  unsigned char* out = nullptr;
  unsigned long size = 0;
  const auto handle = tjInitCompress();
  tjCompress2(handle, pixels.data(), width, 0, height, TJPF_RGB, &out, &size, TJSAMP_444, 95, 0);
  std::string text(reinterpret_cast<const char*>(out), size);
  tjFree(out);
  tjDestroy(handle);
  return text;
}

struct Decoded {
  int width = 0, height = 0;
  std::vector<unsigned char> rgb;
};
Decoded decode(const std::string& bytes) {
  Decoded out;
  int sampling = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto handle = tjInitDecompress();
  tjDecompressHeader2(handle, const_cast<unsigned char*>(data), bytes.size(), &out.width, &out.height,
                      &sampling);
  out.rgb.resize(3 * static_cast<std::size_t>(out.width * out.height));
  tjDecompress2(handle, data, bytes.size(), out.rgb.data(), out.width, 0, out.height, TJPF_RGB, 0);
  tjDestroy(handle);
  return out;
}

/// With an EXIF segment that tells this orientation behind the start marker.
std::string turned(const std::string& image, char orientation) {
  const std::string tiff = from_hex("49492a000800000001001201030001000000").value() + orientation +
                           from_hex("0000000000000000").value().substr(0, 7);
  const std::string body = std::string("Exif\0\0", 6) + tiff;
  const auto length = body.size() + 2;
  return image.substr(0, 2) + "\xff\xe1" + static_cast<char>(length >> 8) + static_cast<char>(length & 255) +
         body + image.substr(2);
}

std::string refusal(std::string_view bytes, std::string_view type, std::string_view name) {
  try {
    clean(bytes, type, name);
  } catch (const Problem& problem) {
    return std::string(problem.kind().code);
  }
  return "taken";
}

TEST(Clean, ImagesAreMadeAnew) {
  const std::string image = png(40, 30);
  const auto made = clean(image + "<script>alert(1)</script>", "image/png", "photo.PNG");
  EXPECT_EQ(made.content_type, "image/png");
  EXPECT_EQ(made.bytes.find("script"), std::string::npos) << "what hides behind an image is gone";
  EXPECT_EQ(clean(made.bytes, "image/png", "x").extension, "png");
  const auto photo = clean(turned(jpeg(32, 16), 1) + "PK\x03\x04", "image/jpeg", "a.jpeg");
  EXPECT_EQ(photo.bytes.find("Exif"), std::string::npos);
  EXPECT_EQ(photo.bytes.find("PK"), std::string::npos);
}

TEST(Clean, PhotographsStandUpright) {
  const auto is_red = [](const Decoded& image, int x, int y) {
    const auto at = 3 * static_cast<std::size_t>(y * image.width + x);
    return image.rgb[at] > 128 && image.rgb[at + 2] < 128;
  };
  const auto image = jpeg(32, 16);
  const auto of = [&](char orientation) {
    return decode(clean(turned(image, orientation), "image/jpeg", "").bytes);
  };
  EXPECT_TRUE(is_red(of(1), 1, 8));
  EXPECT_FALSE(is_red(of(2), 1, 8));
  EXPECT_FALSE(is_red(of(3), 1, 8));
  const auto clockwise = of(6);  // the left side goes up
  EXPECT_EQ(clockwise.width, 16);
  EXPECT_EQ(clockwise.height, 32);
  EXPECT_TRUE(is_red(clockwise, 8, 1));
  EXPECT_FALSE(is_red(of(8), 8, 1));
}

TEST(Clean, RefusesWhatItMust) {
  EXPECT_EQ(refusal("", "image/png", "a.png"), "file_refused");
  EXPECT_EQ(refusal("GIF89a", "image/gif", "a.gif"), "unsupported_media_type");
  EXPECT_EQ(refusal("<svg onload='x'/>", "image/png", "a.png"), "unsupported_media_type");
  EXPECT_EQ(refusal(png(2, 2), "image/jpeg", "a.jpg"), "unsupported_media_type");
  EXPECT_EQ(refusal(png(2, 2), "image/png", "a.pdf"), "unsupported_media_type");
  const std::string image = png(64, 64);
  EXPECT_EQ(refusal(image.substr(0, image.size() / 2), "image/png", "a.png"), "file_refused");
  EXPECT_EQ(refusal(jpeg(64, 64).substr(0, 300), "image/jpeg", "a.jpg"), "file_refused");
}

TEST(Clean, ManyPixelsAreRefusedBeforeTheyAreDecoded) {
  // 30,000 × 30,000 in the frame header: the pixels would take 2.7 GB.
  std::string bomb = jpeg(8, 8);
  const auto frame = bomb.find("\xff\xc0");
  ASSERT_NE(frame, std::string::npos);
  bomb.replace(frame + 5, 4, "\x75\x30\x75\x30");
  try {
    clean(bomb, "image/jpeg", "a.jpg");
    FAIL();
  } catch (const Problem& problem) {
    EXPECT_NE(problem.detail().find("megapixels"), std::string::npos);
  }
}

}  // namespace
}  // namespace tandem::files
