// Layout and drawing with pango (shaping, line breaks) and cairo (PDF). A paper is drawn twice: the first
// time on nothing, to learn how many pages it has.
#include "documents/paper.hpp"

#include <cairo-pdf.h>
#include <pango/pangocairo.h>

#include <algorithm>
#include <array>
#include <memory>
#include <stdexcept>

#include "documents/catalog.hpp"

namespace tandem::documents {
namespace {

struct Free {
  void operator()(cairo_t* what) const { cairo_destroy(what); }
  void operator()(cairo_surface_t* what) const { cairo_surface_destroy(what); }
  void operator()(PangoLayout* what) const { g_object_unref(what); }
  void operator()(PangoFontMap* what) const { g_object_unref(what); }
  void operator()(PangoContext* what) const { g_object_unref(what); }
  void operator()(PangoAttrList* what) const { pango_attr_list_unref(what); }
  void operator()(PangoFontDescription* what) const { pango_font_description_free(what); }
};
template <class T>
using Held = std::unique_ptr<T, Free>;

// Points: 72 to an inch. A4.
constexpr double kWidth = 595.28, kHeight = 841.89;
constexpr double kLeft = 48, kRight = kWidth - 48, kTop = 92, kBottom = kHeight - 64;
constexpr double kInner = kRight - kLeft;

struct Colour {
  double red, green, blue;
};
constexpr Colour kInk{0.11, 0.12, 0.15}, kQuiet{0.40, 0.43, 0.49}, kHair{0.86, 0.87, 0.90},
    kWash{0.965, 0.97, 0.98};

/// "#2f52d9"; dark enough to be read on white, or the default.
Colour accent_of(std::string_view text) {
  constexpr Colour kDefault{0.184, 0.322, 0.851};
  if (text.size() != 7 || text[0] != '#') return kDefault;
  std::array<int, 3> parts{};
  for (std::size_t i = 0; i < 6; ++i) {
    const auto at = std::string_view("0123456789abcdef").find(static_cast<char>(text[i + 1] | 0x20));
    if (at == std::string_view::npos) return kDefault;
    parts[i / 2] = parts[i / 2] * 16 + static_cast<int>(at);
  }
  Colour out{parts[0] / 255.0, parts[1] / 255.0, parts[2] / 255.0};
  const double light = 0.2126 * out.red + 0.7152 * out.green + 0.0722 * out.blue;
  if (light > 0.55) out = {out.red * 0.55 / light, out.green * 0.55 / light, out.blue * 0.55 / light};
  return out;
}

enum class Align { left, right };
struct Style {
  double size = 9.5;
  bool is_bold = false;
  Colour colour = kInk;
  Align align = Align::left;
};

cairo_status_t append(void* closure, const unsigned char* data, unsigned length) {
  static_cast<std::string*>(closure)->append(data, data + length);
  return CAIRO_STATUS_SUCCESS;
}

std::string filled(std::string text, std::string_view marker, const std::string& value) {
  if (const auto at = text.find(marker); at != std::string::npos) text.replace(at, marker.size(), value);
  return text;
}

/// One run over the paper. What does not fit begins a new page.
class Press {
 public:
  Press(const Paper& paper, cairo_t* cr, int pages)
      : paper_(paper), cr_(cr), pages_(pages), accent_(accent_of(paper.accent)) {
    map_.reset(pango_cairo_font_map_new());
    pango_cairo_font_map_set_resolution(PANGO_CAIRO_FONT_MAP(map_.get()), 72);
    context_.reset(pango_font_map_create_context(map_.get()));
    pango_cairo_update_context(cr_, context_.get());
    // Figures of paper, not of a screen: glyphs stand where the font says.
    cairo_font_options_t* options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(context_.get(), options);
    cairo_font_options_destroy(options);
    pango_context_set_round_glyph_positions(context_.get(), FALSE);
    pango_context_set_language(context_.get(), pango_language_from_string(language()));
  }

  /// Draws everything; gives the number of pages.
  int run() {
    begin_page();
    heading();
    for (const Table& one : paper_.tables) table(one);
    notes();
    end_page();
    return page_;
  }

 private:
  const char* language() const {
    constexpr std::array<const char*, 4> kNames{"en", "id", "uz", "ru"};
    return kNames.at(static_cast<std::size_t>(paper_.language));
  }

  Held<PangoLayout> layout(const std::string& text, const Style& style, double width) const {
    Held<PangoLayout> out(pango_layout_new(context_.get()));
    const Held<PangoFontDescription> font(pango_font_description_from_string("Noto Sans, DejaVu Sans"));
    pango_font_description_set_absolute_size(font.get(), style.size * PANGO_SCALE);
    pango_font_description_set_weight(font.get(),
                                      style.is_bold ? PANGO_WEIGHT_SEMIBOLD : PANGO_WEIGHT_NORMAL);
    pango_layout_set_font_description(out.get(), font.get());
    pango_layout_set_width(out.get(), static_cast<int>(width * PANGO_SCALE));
    pango_layout_set_wrap(out.get(), PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(out.get(), style.align == Align::right ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_spacing(out.get(), PANGO_SCALE);
    // A reference that is broken must not gain a hyphen that somebody copies.
    const Held<PangoAttrList> attributes(pango_attr_list_new());
    pango_attr_list_insert(attributes.get(), pango_attr_insert_hyphens_new(FALSE));
    pango_layout_set_attributes(out.get(), attributes.get());
    pango_layout_set_text(out.get(), text.data(), static_cast<int>(text.size()));
    return out;
  }
  static double height_of(PangoLayout* layout) {
    int height = 0;
    pango_layout_get_size(layout, nullptr, &height);
    return static_cast<double>(height) / PANGO_SCALE;
  }
  static double width_of(PangoLayout* layout) {
    int width = 0;
    pango_layout_get_size(layout, &width, nullptr);
    return static_cast<double>(width) / PANGO_SCALE;
  }

  void use(const Colour& colour) { cairo_set_source_rgb(cr_, colour.red, colour.green, colour.blue); }
  void box(double x, double y, double width, double height, const Colour& colour) {
    use(colour);
    cairo_rectangle(cr_, x, y, width, height);
    cairo_fill(cr_);
  }
  /// Draws a text with its structure tag; gives its height.
  double text(const char* tag, const std::string& what, double x, double y, double width,
              const Style& style) {
    const auto out = layout(what, style, width);
    cairo_tag_begin(cr_, tag, nullptr);
    use(style.colour);
    cairo_move_to(cr_, x, y);
    pango_cairo_show_layout(cr_, out.get());
    cairo_tag_end(cr_, tag);
    return height_of(out.get());
  }
  double measure(const std::string& what, double width, const Style& style) const {
    return height_of(layout(what, style, width).get());
  }

  /// The logo at the right of the letterhead, as large as fits and no larger than it is at 96 dots an inch.
  /// The name beside it says the same to who listens. Gives where it ends.
  double logo() {
    constexpr double kWidthMax = 140, kHeightMax = 44, kY = 24, kPointsPerPixel = 0.75;
    if (paper_.logo.empty()) return 0;
    std::string_view rest = paper_.logo;
    const Held<cairo_surface_t> picture(cairo_image_surface_create_from_png_stream(
        [](void* closure, unsigned char* into, unsigned length) {
          auto& left = *static_cast<std::string_view*>(closure);
          if (left.size() < length) return CAIRO_STATUS_READ_ERROR;
          std::ranges::copy(left.substr(0, length), into);
          left.remove_prefix(length);
          return CAIRO_STATUS_SUCCESS;
        },
        &rest));
    if (cairo_surface_status(picture.get()) != CAIRO_STATUS_SUCCESS) return 0;
    const double width = cairo_image_surface_get_width(picture.get());
    const double height = cairo_image_surface_get_height(picture.get());
    const double scale = std::min({kPointsPerPixel, kWidthMax / width, kHeightMax / height});
    cairo_save(cr_);
    cairo_translate(cr_, kRight - width * scale, kY);
    cairo_scale(cr_, scale, scale);
    cairo_set_source_surface(cr_, picture.get(), 0, 0);
    cairo_paint(cr_);
    cairo_restore(cr_);
    return kY + height * scale;
  }

  void begin_page() {
    ++page_;
    box(0, 0, kWidth, 6, accent_);
    const double picture = page_ == 1 ? logo() : 0;
    const double letterhead = 34 + text("P", paper_.organization, kLeft, 34, kInner * 0.7,
                                        {.size = 12.5, .is_bold = true, .colour = accent_});
    if (page_ > 1)
      text("P", paper_.title, kLeft + kInner * 0.7, 37, kInner * 0.3,
           {.size = 9, .colour = kQuiet, .align = Align::right});
    y_ = std::max({page_ > 1 ? kTop - 18 : kTop, letterhead + 14, picture + 14});
  }
  void end_page() {
    box(kLeft, kBottom + 18, kInner, 0.6, kHair);
    const Style small{.size = 8, .colour = kQuiet};
    Style right = small;
    right.align = Align::right;
    text("P", paper_.organization + " · " + paper_.title, kLeft, kBottom + 25, kInner * 0.7, small);
    const auto words =
        filled(filled(std::string(word(Word::page, paper_.language)), "{page}", std::to_string(page_)),
               "{pages}", std::to_string(pages_));
    text("P", words, kLeft + kInner * 0.7, kBottom + 25, kInner * 0.3, right);
    cairo_show_page(cr_);
  }
  void next_page() {
    end_page();
    begin_page();
  }
  bool fits(double height) const { return y_ + height <= kBottom; }

  void heading() {
    y_ += text("H1", paper_.title, kLeft, y_, kInner, {.size = 24, .is_bold = true});
    if (!paper_.subtitle.empty())
      y_ += 2 + text("P", paper_.subtitle, kLeft, y_ + 2, kInner, {.size = 11, .colour = kQuiet});
    y_ += 18;
    parties();
    facts();
  }
  void parties() {
    if (paper_.parties.empty()) return;
    constexpr double kGap = 28;
    const double width = (kInner - kGap) / 2;
    double lowest = y_;
    for (std::size_t i = 0; i < std::min<std::size_t>(paper_.parties.size(), 2); ++i) {
      const Party& party = paper_.parties[i];
      const double x = kLeft + static_cast<double>(i) * (width + kGap);
      double y = y_;
      y += 3 + text("P", party.heading, x, y, width, {.size = 8, .colour = kQuiet});
      y += 2 + text("P", party.name, x, y, width, {.size = 11, .is_bold = true});
      for (const auto& line : party.lines)
        y += 1 + text("P", line, x, y, width, {.size = 9, .colour = kQuiet});
      lowest = std::max(lowest, y);
    }
    y_ = lowest + 16;
  }
  void facts() {
    if (paper_.facts.empty()) return;
    constexpr double kPadding = 10;
    const auto count = std::min<std::size_t>(paper_.facts.size(), 4);
    const double width = (kInner - 2 * kPadding) / static_cast<double>(count);
    for (std::size_t begin = 0; begin < paper_.facts.size(); begin += count) {
      const auto end = std::min(begin + count, paper_.facts.size());
      const Style label{.size = 8, .colour = kQuiet}, value{.size = 10, .is_bold = true};
      double height = 0;
      for (auto i = begin; i < end; ++i)
        height = std::max(height, measure(paper_.facts[i].label, width - 8, label) + 2 +
                                      measure(paper_.facts[i].value, width - 8, value));
      box(kLeft, y_, kInner, height + 2 * kPadding, kWash);
      box(kLeft, y_, 2.5, height + 2 * kPadding, accent_);
      for (auto i = begin; i < end; ++i) {
        const double x = kLeft + kPadding + static_cast<double>(i - begin) * width;
        const double first = text("P", paper_.facts[i].label, x, y_ + kPadding, width - 8, label);
        text("P", paper_.facts[i].value, x, y_ + kPadding + first + 2, width - 8, value);
      }
      y_ += height + 2 * kPadding;
    }
    y_ += 20;
  }

  struct Grid {
    std::vector<double> x, width;
  };
  static Align align_of(ColumnKind kind) { return kind == ColumnKind::figure ? Align::right : Align::left; }
  static constexpr double kCell = 6;  // between columns
  /// Columns by weight; one of figures is as wide as its widest, so that no figure is broken.
  Grid grid(const Table& table) const {
    const auto count = table.columns.size();
    std::vector<double> wanted(count, 0);
    double fixed = 0, weights = 0;
    for (std::size_t c = 0; c < count; ++c) {
      if (table.columns[c].kind == ColumnKind::text) {
        weights += table.columns[c].weight;
        continue;
      }
      wanted[c] = width_of(layout(table.columns[c].title, {.size = 8}, -1).get());
      for (const Row& row : table.rows)
        if (c < row.cells.size())
          wanted[c] = std::max(wanted[c], width_of(layout(row.cells[c], cell_style(row), -1).get()));
      wanted[c] += 2;
      fixed += wanted[c];
    }
    const double rest = kInner - fixed - kCell * 2 * static_cast<double>(count);
    Grid out;
    double x = kLeft + kCell;
    for (std::size_t c = 0; c < count; ++c) {
      const bool is_text = table.columns[c].kind == ColumnKind::text;
      const double width =
          is_text ? std::max(rest * table.columns[c].weight / std::max(weights, 1.0), 30.0) : wanted[c];
      out.x.push_back(x);
      out.width.push_back(width);
      x += width + 2 * kCell;
    }
    return out;
  }
  static Style cell_style(const Row& row, ColumnKind kind = ColumnKind::text) {
    return {.size = row.style == RowStyle::total ? 10.0 : 9.0,
            .is_bold = row.style != RowStyle::plain,
            .align = align_of(kind)};
  }

  void table_head(const Table& table, const Grid& grid) {
    Style style{.size = 8, .colour = kQuiet};
    double height = 0;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      height = std::max(height, measure(table.columns[c].title, grid.width[c], style));
    cairo_tag_begin(cr_, "TR", nullptr);
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      style.align = align_of(table.columns[c].kind);
      text("TH", table.columns[c].title, grid.x[c], y_, grid.width[c], style);
    }
    cairo_tag_end(cr_, "TR");
    y_ += height + 5;
    box(kLeft, y_ - 1, kInner, 0.9, accent_);
    y_ += 4;
  }
  double row_height(const Table& table, const Row& row, const Grid& grid) const {
    double height = 0;
    for (std::size_t c = 0; c < std::min(row.cells.size(), table.columns.size()); ++c)
      height = std::max(height, measure(row.cells[c], grid.width[c], cell_style(row, table.columns[c].kind)));
    return height + 8;
  }
  void table_row(const Table& table, const Row& row, const Grid& grid, double height) {
    if (row.style == RowStyle::total) {
      box(kLeft, y_, kInner, height, kWash);
      box(kLeft, y_, kInner, 0.9, accent_);
    }
    cairo_tag_begin(cr_, "TR", nullptr);
    for (std::size_t c = 0; c < std::min(row.cells.size(), table.columns.size()); ++c)
      text("TD", row.cells[c], grid.x[c], y_ + 4, grid.width[c], cell_style(row, table.columns[c].kind));
    cairo_tag_end(cr_, "TR");
    y_ += height;
    if (row.style != RowStyle::total) box(kLeft, y_ - 0.3, kInner, 0.5, kHair);
  }
  void table(const Table& table) {
    const Grid columns = grid(table);
    constexpr double kHeadAndTwoRows = 84;
    if (!fits(kHeadAndTwoRows)) next_page();
    if (!table.title.empty())
      y_ += 8 + text("H2", table.title, kLeft, y_, kInner, {.size = 12.5, .is_bold = true});
    cairo_tag_begin(cr_, "Table", nullptr);
    table_head(table, columns);
    for (std::size_t i = 0; i < table.rows.size(); ++i) {
      const Row& row = table.rows[i];
      const double height = row_height(table, row, columns);
      // A total never stands alone on a page: the row before it comes along.
      const bool is_followed = i + 1 < table.rows.size() && table.rows[i + 1].style == RowStyle::total;
      const double needed = height + (is_followed ? row_height(table, table.rows[i + 1], columns) : 0);
      if (!fits(needed)) {
        cairo_tag_end(cr_, "Table");
        next_page();
        cairo_tag_begin(cr_, "Table", nullptr);
        table_head(table, columns);
      }
      table_row(table, row, columns, height);
    }
    cairo_tag_end(cr_, "Table");
    y_ += 20;
  }
  void notes() {
    for (const auto& note : paper_.notes) {
      const Style style{.size = 8.5, .colour = kQuiet};
      if (!fits(measure(note, kInner, style))) next_page();
      y_ += 5 + text("P", note, kLeft, y_, kInner, style);
    }
  }

  const Paper& paper_;
  cairo_t* cr_;
  int pages_, page_ = 0;
  double y_ = 0;
  Colour accent_;
  Held<PangoFontMap> map_;
  Held<PangoContext> context_;
};

void metadata(cairo_surface_t* surface, const Paper& paper) {
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE,
                                 (paper.title + " · " + paper.organization).c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_AUTHOR, paper.organization.c_str());
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "Tandem");
  // Without fractions of a second, which cairo does not read.
  const auto at = Timestamp::from_unix_seconds(paper.made_at.unix_seconds()).str().substr(0, 19) + "Z";
  cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE, at.c_str());
}

/// One run into `out`; the number of pages.
int press(const Paper& paper, int pages, std::string& out) {
  out.clear();
  const Held<cairo_surface_t> surface(cairo_pdf_surface_create_for_stream(append, &out, kWidth, kHeight));
  metadata(surface.get(), paper);
  int drawn = 0;
  {
    const Held<cairo_t> cr(cairo_create(surface.get()));
    drawn = Press(paper, cr.get(), pages).run();
    if (const auto status = cairo_status(cr.get()); status != CAIRO_STATUS_SUCCESS)
      throw std::runtime_error(std::string("a document cannot be drawn: ") + cairo_status_to_string(status));
  }
  cairo_surface_finish(surface.get());
  if (const auto status = cairo_surface_status(surface.get()); status != CAIRO_STATUS_SUCCESS)
    throw std::runtime_error(std::string("a document cannot be written: ") + cairo_status_to_string(status));
  return drawn;
}

}  // namespace

std::string render(const Paper& paper) {
  std::string out;
  const int pages = press(paper, 1, out);
  if (pages > 1) press(paper, pages, out);
  constexpr std::array<std::string_view, 4> kNames{"en", "id", "uz", "ru"};
  return with_language(std::move(out), kNames.at(static_cast<std::size_t>(paper.language)));
}

}  // namespace tandem::documents
