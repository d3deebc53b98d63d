#include "identity/mail_texts.hpp"

#include <array>

namespace tandem::identity {

namespace {

/// A subject and a text in one language; {organization} and {link} are filled in.
struct Words {
  std::string_view subject, text;
};
/// By Language: en, id, uz, ru.
using Translations = std::array<Words, 4>;

constexpr Translations kInvitation{{
    {"Invitation to {organization}",
     "Hello,\n\nyou are invited to join {organization} on Tandem. Accept within seven days:\n\n{link}\n\nIf you did not "
     "expect this, ignore this message.\n"},
    {"Undangan ke {organization}",
     "Halo,\n\nAnda diundang untuk bergabung dengan {organization} di Tandem. Terima undangan dalam tujuh "
     "hari:\n\n{link}\n\nJika Anda tidak mengharapkan ini, abaikan pesan ini.\n"},
    {"{organization} tashkilotiga taklif",
     "Assalomu alaykum,\n\nsiz Tandem’dagi {organization} tashkilotiga taklif qilindingiz. Yetti kun ichida qabul "
     "qiling:\n\n{link}\n\nAgar buni kutmagan bo‘lsangiz, bu xabarga e’tibor bermang.\n"},
    {"Приглашение в {organization}",
     "Здравствуйте!\n\nВас приглашают присоединиться к {organization} в Tandem. Примите приглашение в течение семи "
     "дней:\n\n{link}\n\nЕсли вы этого не ожидали, просто не отвечайте на это письмо.\n"},
}};

constexpr Translations kPasswordReset{{
    {"A new password",
     "Hello,\n\nsomebody asked for a new password for this address on Tandem. Choose it within an hour:\n\n{link}\n\nIf "
     "it was not you, ignore this message: the password stays as it is.\n"},
    {"Kata sandi baru",
     "Halo,\n\nseseorang meminta kata sandi baru untuk alamat ini di Tandem. Pilih kata sandi dalam satu "
     "jam:\n\n{link}\n\nJika itu bukan Anda, abaikan pesan ini: kata sandi tidak berubah.\n"},
    {"Yangi parol",
     "Assalomu alaykum,\n\nkimdir Tandem’da shu manzil uchun yangi parol so‘radi. Uni bir soat ichida "
     "tanlang:\n\n{link}\n\nAgar bu siz bo‘lmasangiz, xabarga e’tibor bermang: parol o‘zgarmaydi.\n"},
    {"Новый пароль",
     "Здравствуйте!\n\nКто-то запросил новый пароль для этого адреса в Tandem. Выберите его в течение "
     "часа:\n\n{link}\n\nЕсли это были не вы, не обращайте внимания на это письмо: пароль останется прежним.\n"},
}};

constexpr Translations kEmailVerification{{
    {"Confirm your address",
     "Hello,\n\nconfirm within a day that this is your address for signing in to Tandem:\n\n{link}\n\nIf you did not "
     "ask for this, ignore this message.\n"},
    {"Konfirmasi alamat Anda",
     "Halo,\n\nkonfirmasikan dalam satu hari bahwa ini alamat Anda untuk masuk ke Tandem:\n\n{link}\n\nJika Anda tidak "
     "memintanya, abaikan pesan ini.\n"},
    {"Manzilingizni tasdiqlang",
     "Assalomu alaykum,\n\nbu manzil Tandem’ga kirish uchun sizniki ekanini bir kun ichida tasdiqlang:\n\n{link}\n\nAgar "
     "buni so‘ramagan bo‘lsangiz, xabarga e’tibor bermang.\n"},
    {"Подтвердите адрес",
     "Здравствуйте!\n\nПодтвердите в течение суток, что это ваш адрес для входа в Tandem:\n\n{link}\n\nЕсли вы этого не "
     "запрашивали, не обращайте внимания на это письмо.\n"},
}};

constexpr Translations kEmailChanged{{
    {"Your address was changed",
     "Hello,\n\nthe address for signing in to Tandem is another one now. If this was not you, tell your "
     "administrator.\n"},
    {"Alamat Anda diubah",
     "Halo,\n\nalamat untuk masuk ke Tandem telah diganti. Jika itu bukan Anda, beri tahu administrator Anda.\n"},
    {"Manzilingiz o‘zgartirildi",
     "Assalomu alaykum,\n\nTandem’ga kirish manzili endi boshqa. Agar bu siz bo‘lmasangiz, administratoringizga xabar "
     "bering.\n"},
    {"Ваш адрес изменён",
     "Здравствуйте!\n\nАдрес для входа в Tandem теперь другой. Если это сделали не вы, сообщите администратору.\n"},
}};

constexpr Translations kPasswordChanged{{
    {"Your password was changed",
     "Hello,\n\nyour password for Tandem was changed. If this was not you, choose a new one at once:\n\n{link}\n"},
    {"Kata sandi Anda diubah",
     "Halo,\n\nkata sandi Tandem Anda telah diubah. Jika itu bukan Anda, segera pilih yang baru:\n\n{link}\n"},
    {"Parolingiz o‘zgartirildi",
     "Assalomu alaykum,\n\nTandem parolingiz o‘zgartirildi. Agar bu siz bo‘lmasangiz, darhol yangisini "
     "tanlang:\n\n{link}\n"},
    {"Ваш пароль изменён",
     "Здравствуйте!\n\nВаш пароль в Tandem изменён. Если это сделали не вы, сразу выберите новый:\n\n{link}\n"},
}};

constexpr Translations kSingleSignOnLinked{{
    {"Single sign-on opens your account now",
     "Hello,\n\nsomebody signed in to Tandem with your address by {organization}. From now on that login opens your "
     "account. If this was not you, tell your administrator.\n"},
    {"Single sign-on kini membuka akun Anda",
     "Halo,\n\nseseorang masuk ke Tandem dengan alamat Anda melalui {organization}. Mulai sekarang login itu membuka "
     "akun Anda. Jika itu bukan Anda, beri tahu administrator Anda.\n"},
    {"Endi hisobingiz yagona kirish orqali ham ochiladi",
     "Assalomu alaykum,\n\nkimdir Tandem’ga sizning manzilingiz bilan {organization} orqali kirdi. Bundan buyon u "
     "hisobingizni ochadi. Agar bu siz bo‘lmasangiz, administratoringizga xabar bering.\n"},
    {"Теперь в ваш аккаунт можно войти через единый вход",
     "Здравствуйте!\n\nКто-то вошёл в Tandem с вашим адресом через {organization}. Теперь этот вход открывает ваш "
     "аккаунт. Если это были не вы, сообщите администратору.\n"},
}};

void fill(std::string& text, std::string_view marker, std::string_view value) {
  for (auto at = text.find(marker); at != std::string::npos; at = text.find(marker, at + value.size()))
    text.replace(at, marker.size(), value);
}

mail::Message message(Email to, Language locale, const Translations& all, std::string_view organization,
                      std::string_view link) {
  const Words& words = all.at(static_cast<std::size_t>(locale));
  mail::Message out{std::move(to), std::string(words.subject), std::string(words.text)};
  for (auto* text : {&out.subject, &out.text}) {
    fill(*text, "{link}", link);
    fill(*text, "{organization}", organization);
  }
  return out;
}

}  // namespace

mail::Message invitation_mail(Email to, Language locale, std::string_view organization,
                              std::string_view link) {
  return message(std::move(to), locale, kInvitation, organization, link);
}

mail::Message password_reset_mail(Email to, Language locale, std::string_view link) {
  return message(std::move(to), locale, kPasswordReset, {}, link);
}

mail::Message email_verification_mail(Email to, Language locale, std::string_view link) {
  return message(std::move(to), locale, kEmailVerification, {}, link);
}

mail::Message email_changed_mail(Email to, Language locale) {
  return message(std::move(to), locale, kEmailChanged, {}, {});
}

mail::Message password_changed_mail(Email to, Language locale) {
  return message(std::move(to), locale, kPasswordChanged, {}, mail::public_link("/reset"));
}

mail::Message single_sign_on_linked_mail(Email to, Language locale, std::string_view provider) {
  return message(std::move(to), locale, kSingleSignOnLinked, provider, {});
}

}  // namespace tandem::identity
