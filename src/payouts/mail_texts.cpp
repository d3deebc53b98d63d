#include "payouts/mail_texts.hpp"

#include <fmt/format.h>

#include <array>

namespace tandem::payouts {

namespace {

struct Words {
  std::string_view language, subject, text;
};

// {organization}, {currency} and {account} are filled in.
constexpr std::array<Words, 4> kMethodChanged{{
    {"en", "{organization}: your payout account was changed",
     "Hello,\n\nfrom now on {organization} sends your payouts in {currency} to the account {account}. The first payment "
     "goes there in 72 hours at the earliest.\n\nIf this was not you, tell {organization} at once.\n"},
    {"id", "{organization}: rekening pencairan Anda diubah",
     "Halo,\n\nmulai sekarang {organization} mengirim pencairan Anda dalam {currency} ke rekening {account}. Pembayaran "
     "pertama dilakukan paling cepat dalam 72 jam.\n\nJika ini bukan Anda, segera beri tahu {organization}.\n"},
    {"uz", "{organization}: to‘lov hisobingiz o‘zgartirildi",
     "Assalomu alaykum,\n\nendi {organization} sizga {currency} dagi to‘lovlarni {account} hisobiga yuboradi. Birinchi "
     "to‘lov eng kamida 72 soatdan keyin o‘tkaziladi.\n\nAgar bu siz bo‘lmasangiz, darhol {organization} ga xabar "
     "bering.\n"},
    {"ru", "{organization}: счёт для выплат изменён",
     "Здравствуйте!\n\nТеперь {organization} отправляет ваши выплаты в {currency} на счёт {account}. Первый платёж "
     "поступит туда не раньше чем через 72 часа.\n\nЕсли это были не вы, немедленно сообщите {organization}.\n"},
}};

const Words& in_language(std::string_view locale) {
  for (const Words& words : kMethodChanged)
    if (locale.substr(0, 2) == words.language) return words;
  return kMethodChanged.front();
}

}  // namespace

mail::Message method_changed_mail(Email to, std::string_view locale, std::string_view organization,
                                  Currency currency, std::string_view account_hint) {
  const Words& words = in_language(locale);
  const auto filled = [&](std::string_view text) {
    const std::string code = currency.str();
    return fmt::format(fmt::runtime(text), fmt::arg("organization", organization), fmt::arg("currency", code),
                       fmt::arg("account", account_hint));
  };
  return {std::move(to), filled(words.subject), filled(words.text)};
}

}  // namespace tandem::payouts
