#include "documents/words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem::documents {
namespace {

using Translations = std::array<std::string_view, 4>;  // en, id, uz, ru

struct Entry {
  Word word;
  Translations texts;
};
constexpr std::array kWords{
    Entry{Word::statement, {"Statement", "Laporan rekening", "Hisobot", "Выписка"}},
    Entry{Word::self_billing,
          {"Self-billing statement", "Faktur tagihan mandiri", "O‘z-o‘ziga hisob-faktura",
           "Счёт самофактурирования"}},
    Entry{Word::from, {"From", "Dari", "Kimdan", "От кого"}},
    Entry{Word::to, {"To", "Kepada", "Kimga", "Кому"}},
    Entry{Word::period, {"Period", "Periode", "Davr", "Период"}},
    Entry{Word::made_on, {"Made on", "Dibuat pada", "Tuzilgan sana", "Составлено"}},
    Entry{Word::partner, {"Partner", "Mitra", "Hamkor", "Партнёр"}},
    Entry{Word::opening, {"Opening balance", "Saldo awal", "Boshlang‘ich qoldiq", "Остаток на начало"}},
    Entry{Word::closing, {"Closing balance", "Saldo akhir", "Yakuniy qoldiq", "Остаток на конец"}},
    Entry{Word::earned, {"Earned", "Diperoleh", "Ishlab topildi", "Заработано"}},
    Entry{Word::taken_back, {"Taken back", "Ditarik kembali", "Qaytarib olindi", "Удержано обратно"}},
    Entry{Word::paid_out, {"Paid out", "Dibayarkan", "To‘landi", "Выплачено"}},
    Entry{Word::adjustment, {"Adjustment", "Penyesuaian", "Tuzatish", "Корректировка"}},
    Entry{Word::day, {"Date", "Tanggal", "Sana", "Дата"}},
    Entry{Word::description, {"Description", "Keterangan", "Tavsif", "Описание"}},
    Entry{Word::reference, {"Reference", "Referensi", "Havola raqami", "Ссылка"}},
    Entry{Word::amount, {"Amount", "Jumlah", "Summa", "Сумма"}},
    Entry{Word::balance, {"Balance", "Saldo", "Qoldiq", "Остаток"}},
    Entry{Word::movements, {"Movements", "Mutasi", "Harakatlar", "Движения"}},
    Entry{Word::summary, {"Summary", "Ringkasan", "Xulosa", "Итоги"}},
    Entry{Word::nothing_moved,
          {"Nothing moved in this period.", "Tidak ada mutasi dalam periode ini.",
           "Bu davrda harakat bo‘lmadi.", "В этом периоде движений не было."}},
    Entry{Word::page,
          {"Page {page} of {pages}", "Halaman {page} dari {pages}", "{pages} sahifadan {page}-sahifa",
           "Страница {page} из {pages}"}},
    Entry{
        Word::statement_note,
        {"The balance is what we owe you: earnings on hold and due, and payouts on their way, less what is to be "
         "returned.",
         "Saldo adalah kewajiban kami kepada Anda: pendapatan yang ditahan dan jatuh tempo serta pembayaran dalam "
         "proses, dikurangi yang harus dikembalikan.",
         "Qoldiq — bizning sizga qarzimiz: ushlab turilgan va to‘lanishi lozim daromadlar hamda yo‘ldagi to‘lovlar, "
         "qaytarilishi kerak bo‘lgan summa chegirilgan holda.",
         "Остаток — то, что мы вам должны: доходы в периоде удержания и к выплате, выплаты в пути, за вычетом "
         "того, что подлежит возврату."}},
    Entry{Word::owed_back_note,
          {"A negative balance is carried forward and set off against later earnings.",
           "Saldo negatif dibawa ke periode berikutnya dan diperhitungkan dengan pendapatan berikutnya.",
           "Manfiy qoldiq keyingi davrga o‘tkaziladi va keyingi daromadlardan chegiriladi.",
           "Отрицательный остаток переносится и засчитывается в счёт будущих доходов."}},
    Entry{Word::commission, {"Commission", "Komisi", "Komissiya", "Комиссия"}},
    Entry{
        Word::commission_taken_back,
        {"Commission taken back", "Komisi ditarik kembali", "Komissiya qaytarib olindi", "Возврат комиссии"}},
    Entry{Word::payout, {"Payout", "Pembayaran", "To‘lov", "Выплата"}},
    Entry{Word::number, {"Number", "Nomor", "Raqam", "Номер"}},
    Entry{Word::paid_to, {"Paid to", "Dibayarkan ke", "To‘lov manzili", "Выплачено на"}},
    Entry{Word::rate, {"Exchange rate", "Kurs", "Valyuta kursi", "Курс"}},
    Entry{Word::carried_forward,
          {"Carried forward", "Dibawa dari periode sebelumnya", "O‘tgan davrdan o‘tkazilgan", "Перенесено"}},
    Entry{Word::total_payable, {"Total payable", "Total dibayarkan", "Jami to‘lanadi", "Итого к выплате"}},
    Entry{Word::quantity, {"Quantity", "Kuantitas", "Soni", "Количество"}},
    Entry{
        Word::self_billing_note,
        {"Made out by {organization} in the name of {partner}. Please tell us within 14 days if anything is wrong.",
         "Diterbitkan oleh {organization} atas nama {partner}. Mohon beri tahu kami dalam 14 hari bila ada "
         "kekeliruan.",
         "{organization} tomonidan {partner} nomidan tuzildi. Xato bo‘lsa, 14 kun ichida xabar bering.",
         "Составлено {organization} от имени {partner}. Если что-то неверно, сообщите нам в течение 14 дней."}},
    Entry{Word::tax_id, {"Tax number", "NPWP", "STIR", "ИНН"}},
    Entry{Word::many_movements,
          {"There were too many movements to list one by one: each line is a day.",
           "Mutasi terlalu banyak untuk dirinci satu per satu: tiap baris mewakili satu hari.",
           "Harakatlar juda ko‘p, shuning uchun har bir qator bir kunni bildiradi.",
           "Движений слишком много, чтобы перечислить каждое: одна строка — один день."}},
    Entry{Word::items, {"Items", "Rincian", "Tafsilotlar", "Состав"}},
    Entry{Word::bank_account, {"Bank account", "Rekening bank", "Bank hisobi", "Банковский счёт"}},
    Entry{
        Word::paid_note,
        {"Paid on {day}. Reference: {reference}", "Dibayar pada {day}. Referensi: {reference}",
         "To‘langan sana: {day}. Havola raqami: {reference}", "Выплачено {day} Номер платежа: {reference}"}},
    Entry{Word::returned_note,
          {"The payment did not arrive. The amount is due again and will be paid with a new statement.",
           "Pembayaran tidak sampai. Jumlah ini kembali jatuh tempo dan akan dibayarkan dengan faktur baru.",
           "To‘lov yetib bormadi. Summa yana to‘lanishi lozim va yangi hisob-faktura bilan to‘lanadi.",
           "Платёж не дошёл. Сумма снова подлежит выплате и будет выплачена по новому счёту."}},
};
static_assert([] {
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (kWords[i].word != static_cast<Word>(i)) return false;
  return kWords.size() == static_cast<std::size_t>(Word::returned_note) + 1;
}());

constexpr std::array<std::array<std::string_view, 12>, 4> kMonths{{
    {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
     "November", "December"},
    {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
     "November", "Desember"},
    {"yanvar", "fevral", "mart", "aprel", "may", "iyun", "iyul", "avgust", "sentabr", "oktabr", "noyabr",
     "dekabr"},
    {"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября",
     "ноября", "декабря"},
}};

constexpr std::string_view kUnbroken = "\u00A0";

}  // namespace

std::string number_text(const Decimal& number, int decimals_min, Language language) {
  const std::string plain = number.str();
  std::string_view whole = plain, rest;
  if (const auto point = whole.find('.'); point != whole.npos)
    rest = whole.substr(point + 1), whole = whole.substr(0, point);
  std::string out;
  if (whole.starts_with('-')) out = "-", whole.remove_prefix(1);
  std::string_view group = kUnbroken;
  if (language == Language::en) group = ",";
  if (language == Language::id) group = ".";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (i > 0 && (whole.size() - i) % 3 == 0) out += group;
    out += whole[i];
  }
  const auto decimals = std::max(rest.size(), static_cast<std::size_t>(decimals_min));
  if (decimals == 0) return out;
  out += language == Language::en ? '.' : ',';
  out += rest;
  return out.append(decimals - rest.size(), '0');
}

std::string amount_text(const Money& amount, Language language) {
  const int exponent = amount.currency.exponent();
  return number_text(Decimal(amount.amount, exponent), exponent, language);
}

std::string money_text(const Money& amount, Language language) {
  return fmt::format("{}{}{}", amount_text(amount, language), kUnbroken, amount.currency.code());
}

std::string day_text(Day day, Language language) {
  const std::chrono::year_month_day date{day.days()};
  const auto month = kMonths.at(static_cast<std::size_t>(language)).at(unsigned{date.month()} - 1);
  const int year = int{date.year()};
  const unsigned number = unsigned{date.day()};
  if (language == Language::uz) return fmt::format("{}-yil {}-{}", year, number, month);
  if (language == Language::ru) return fmt::format("{} {} {} г.", number, month, year);
  return fmt::format("{} {} {}", number, month, year);
}

std::string month_text(Day day, Language language) {
  // Russian names a month by itself in another case than beside a day.
  constexpr std::array<std::string_view, 12> kRussian{"январь",   "февраль", "март",   "апрель",
                                                      "май",      "июнь",    "июль",   "август",
                                                      "сентябрь", "октябрь", "ноябрь", "декабрь"};
  const std::chrono::year_month_day date{day.days()};
  const auto at = unsigned{date.month()} - 1;
  const int year = int{date.year()};
  const auto month = kMonths.at(static_cast<std::size_t>(language)).at(at);
  if (language == Language::uz) return fmt::format("{}-yil {}", year, month);
  if (language == Language::ru) return fmt::format("{} {} г.", kRussian.at(at), year);
  return fmt::format("{} {}", month, year);
}

std::string_view word(Word word, Language language) {
  return kWords.at(static_cast<std::size_t>(word)).texts.at(static_cast<std::size_t>(language));
}

}  // namespace tandem::documents
