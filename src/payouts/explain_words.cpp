#include "payouts/explain_words.hpp"

#include <array>

namespace tandem::payouts {
namespace {

using earnings::Message;

constexpr std::array kMessages{
    // what was decided
    Message{"payout_draft",
            {"{amount} is drafted: nothing is decided yet.", "{amount} masih rancangan: belum diputuskan.",
             "{amount} — loyiha: hali hech narsa hal qilinmagan.",
             "{amount} в черновике: ещё ничего не решено."}},
    Message{"payout_removed",
            {"The payout of {amount} was taken out of its run.",
             "Pembayaran {amount} dikeluarkan dari prosesnya.", "{amount} to‘lovi ro‘yxatidan chiqarildi.",
             "Выплата {amount} исключена из ведомости."}},
    Message{"payout_approved",
            {"The payout of {amount} is approved.", "Pembayaran {amount} disetujui.",
             "{amount} to‘lovi tasdiqlandi.", "Выплата {amount} утверждена."}},
    Message{"payout_submitting",
            {"The payout of {amount} is being sent.", "Pembayaran {amount} sedang dikirim.",
             "{amount} to‘lovi yuborilmoqda.", "Выплата {amount} отправляется."}},
    Message{"payout_submitted",
            {"The payout of {amount} was sent.", "Pembayaran {amount} telah dikirim.",
             "{amount} to‘lovi yuborildi.", "Выплата {amount} отправлена."}},
    Message{"payout_unclaimed",
            {"The payout of {amount} waits with the provider to be taken.",
             "Pembayaran {amount} menunggu diambil di penyedia.",
             "{amount} to‘lovi provayderda olinishini kutmoqda.",
             "Выплата {amount} ждёт получения у провайдера."}},
    Message{"payout_paid",
            {"{amount} was paid.", "{amount} telah dibayar.", "{amount} to‘landi.", "Выплачено {amount}."}},
    Message{"payout_failed",
            {"The payout of {amount} failed.", "Pembayaran {amount} gagal.",
             "{amount} to‘lovi amalga oshmadi.", "Выплата {amount} не прошла."}},
    Message{"payout_returned",
            {"The payout of {amount} came back.", "Pembayaran {amount} dikembalikan.",
             "{amount} to‘lovi qaytib keldi.", "Выплата {amount} вернулась."}},
    // from what
    Message{"payout_of",
            {"{count} earnings: {earned} earned, {back} taken back.",
             "{count} pendapatan: {earned} diperoleh, {back} ditarik kembali.",
             "{count} ta daromad: {earned} ishlab topilgan, {back} qaytarib olingan.",
             "Начислений: {count}; заработано {earned}, удержано обратно {back}."}},
    Message{"payout_cutoff",
            {"What came due before {day}.", "Yang jatuh tempo sebelum {day}.",
             "{day} gacha to‘lanishi lozim bo‘lganlar.", "То, что стало к выплате до {day}."}},
    Message{"payout_by_schedule",
            {"The monthly run of {period}.", "Pembayaran bulanan {period}.", "{period} oylik to‘lovi.",
             "Ежемесячная выплата за {period}."}},
    Message{"payout_on_demand",
            {"A run on demand, asked for on {day}.", "Pembayaran atas permintaan pada {day}.",
             "{day} kuni so‘rov bo‘yicha to‘lov.", "Выплата по запросу от {day}."}},
    Message{"payout_approvals",
            {"{count} of {needed} approvals.", "{count} dari {needed} persetujuan.",
             "{needed} tasdiqdan {count} tasi berilgan.", "Утверждений: {count} из {needed}."}},
    Message{"payout_rail",
            {"To {holder} by {rail}, {hint}.", "Kepada {holder} melalui {rail}, {hint}.",
             "{holder}ga, {rail} orqali, {hint}.", "Получатель {holder}, {rail}, {hint}."}},
    Message{"payout_exchange",
            {"Sent as {amount}: {rate}.", "Dikirim sebagai {amount}: {rate}.",
             "{amount} ko‘rinishida yuboriladi: {rate}.", "Отправляется {amount}: {rate}."}},
    Message{"payout_statement",
            {"Statement {number}.", "Faktur {number}.", "{number}-hisob-faktura.", "Счёт {number}."}},
    // what was left out
    Message{"left_pending",
            {"{count} earnings of {amount} are on hold, the first until {day}.",
             "{count} pendapatan sebesar {amount} masih ditahan, yang pertama sampai {day}.",
             "{amount} miqdoridagi {count} ta daromad ushlab turilibdi, birinchisi {day} gacha.",
             "Начислений на удержании: {count} на {amount}, первое до {day}."}},
    Message{"left_held",
            {"{count} earnings of {amount} are looked at by a person.",
             "{count} pendapatan sebesar {amount} sedang ditinjau.",
             "{amount} miqdoridagi {count} ta daromad ko‘rib chiqilmoqda.",
             "Начислений на проверке: {count} на {amount}."}},
    Message{"left_due",
            {"{count} earnings of {amount} came due later: they are for the next payout.",
             "{count} pendapatan sebesar {amount} jatuh tempo kemudian: untuk pembayaran berikutnya.",
             "{amount} miqdoridagi {count} ta daromad keyinroq to‘lanadigan bo‘ldi: ular keyingi to‘lovga.",
             "Начислений, ставших к выплате позже: {count} на {amount}; они войдут в следующую выплату."}},
    Message{"left_owed_back",
            {"{amount} was taken back since and lowers the next payout.",
             "{amount} ditarik kembali sejak itu dan mengurangi pembayaran berikutnya.",
             "Shundan beri {amount} qaytarib olindi va keyingi to‘lovni kamaytiradi.",
             "С тех пор удержано обратно {amount}: это уменьшит следующую выплату."}},
    Message{"left_in_payout",
            {"{count} earnings of {amount} are in another payout.",
             "{count} pendapatan sebesar {amount} ada di pembayaran lain.",
             "{amount} miqdoridagi {count} ta daromad boshqa to‘lovda.",
             "Начислений в другой выплате: {count} на {amount}."}},
    // why not payable
    Message{"not_payable_failed",
            {"Not paid because: {reason}", "Tidak dibayar karena: {reason}", "To‘lanmadi, sababi: {reason}",
             "Не выплачено, причина: {reason}"}},
    // what happens next
    Message{
        "payout_next_approval",
        {"Somebody who did not ask for it approves it.", "Orang yang tidak memintanya akan menyetujuinya.",
         "Uni so‘ramagan odam tasdiqlaydi.", "Её утверждает тот, кто её не запрашивал."}},
    Message{"payout_next_sending",
            {"The organization sends it.", "Organisasi akan mengirimnya.", "Tashkilot uni yuboradi.",
             "Организация её отправит."}},
    Message{"payout_next_answer",
            {"The provider is asked what became of it; it is never sent twice.",
             "Penyedia ditanya hasilnya; tidak pernah dikirim dua kali.",
             "Provayderdan natijasi so‘raladi; u hech qachon ikki marta yuborilmaydi.",
             "У провайдера узнают, что с ней стало; дважды она не отправляется."}},
    Message{"payout_next_bank",
            {"The bank says that it was paid, usually within two working days.",
             "Bank akan mengabarkan pembayarannya, biasanya dalam dua hari kerja.",
             "Bank to‘langanini xabar qiladi, odatda ikki ish kuni ichida.",
             "Банк сообщит о выплате, обычно в течение двух рабочих дней."}},
    Message{"payout_next_claim",
            {"The partner takes it from the provider; what is not taken by {day} comes back.",
             "Mitra mengambilnya dari penyedia; yang tidak diambil sampai {day} akan kembali.",
             "Hamkor uni provayderdan oladi; {day} gacha olinmasa, qaytib keladi.",
             "Партнёр получает её у провайдера; не полученное до {day} вернётся."}},
    Message{"payout_next_again",
            {"Its earnings are due again: the next payout run is on {day}.",
             "Pendapatannya kembali jatuh tempo: pembayaran berikutnya pada {day}.",
             "Daromadlari yana to‘lanishi lozim: keyingi to‘lov {day} kuni.",
             "Её начисления снова к выплате: следующая выплата {day}."}},
    Message{"payout_next_nothing",
            {"Nothing more happens to it by itself.", "Tidak ada lagi yang terjadi dengan sendirinya.",
             "O‘z-o‘zidan boshqa hech narsa bo‘lmaydi.", "Само собой больше ничего не произойдёт."}},
};

}  // namespace

earnings::Sentence say(Language language, std::string_view key, std::vector<earnings::Parameter> parameters,
                       std::optional<Timestamp> at) {
  return earnings::say(kMessages, language, key, std::move(parameters), at);
}

std::vector<std::string_view> explanation_keys() {
  std::vector<std::string_view> out;
  for (const auto& message : kMessages) out.push_back(message.key);
  return out;
}

}  // namespace tandem::payouts
