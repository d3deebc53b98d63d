#include "ledger/api.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "crypto/hmac.hpp"

namespace tandem::ledger {
namespace {

struct Opened {
  std::int32_t ordinal;
  AccountId id;
};
BOOST_DESCRIBE_STRUCT(Opened, (), (ordinal, id))
using Texts = std::vector<std::string>;
using OptionalPartners = std::vector<std::optional<PartnerId>>;

const db::Query<Opened(std::vector<AccountId>, Texts, OptionalPartners, Texts)> kOpenAccounts{
    "ledger.open_accounts", R"sql(
  select o.ordinal, o.id
  from app.open_accounts($2, $3, $4, $5) o
  where $1::uuid is not null and o.id is not null
)sql"};

struct Posted {
  std::int32_t ordinal;
  PostingId posting_id;
  bool replayed;
};
BOOST_DESCRIBE_STRUCT(Posted, (), (ordinal, posting_id, replayed))

const db::Query<Posted(std::vector<PostingId>, Texts, Texts, OptionalPartners,
                       std::vector<std::optional<PostingId>>, std::vector<std::int32_t>,
                       std::vector<AccountId>, std::vector<AccountId>, std::vector<std::int64_t>)>
    kPost{"ledger.post", R"sql(
  select p.ordinal, p.posting_id, p.replayed
  from app.post_many($2, $3, $4, $5, $6, $7, $8, $9, $10) p
  where $1::uuid is not null
)sql"};

const db::Query<Balance(PartnerId)> kBalances{"ledger.balances_of_partner", R"sql(
  select code, partner_id, currency, balance
  from app.accounts
  where organization_id = $1 and partner_id = $2
  order by code, currency
)sql"};

struct LockedRow {
  AccountId id;
  std::int64_t balance;
};
BOOST_DESCRIBE_STRUCT(LockedRow, (), (id, balance))
const db::Query<LockedRow(std::vector<AccountId>)> kLock{"ledger.lock_accounts", R"sql(
  select id, balance
  from app.accounts
  where organization_id = $1 and id = any($2)
  order by id
  for no key update
)sql"};

const db::Query<Difference()> kReconcile{"ledger.reconcile", R"sql(
  select r.problem, r.subject, r.detail
  from app.reconcile() r
  where $1::uuid is not null
)sql"};

using AccountKey = std::tuple<std::string_view, std::optional<PartnerId>, std::string>;

/// The accounts of a batch, each once.
class AccountSet {
 public:
  explicit AccountSet(OrganizationId organization_id) : organization_id_(organization_id) {}
  AccountId add(const Account& account) {
    const AccountKey key{account.code, account.partner_id, account.currency.str()};
    if (const auto known = seen_.find(key); known != seen_.end()) return known->second;
    const AccountId id = account_id(organization_id_, account);
    seen_.emplace(key, id);
    ids.push_back(id);
    codes.emplace_back(account.code);
    partners.push_back(account.partner_id);
    currencies.push_back(account.currency.str());
    return id;
  }
  std::vector<AccountId> ids;
  Texts codes;
  OptionalPartners partners;
  Texts currencies;

 private:
  OrganizationId organization_id_;
  std::map<AccountKey, AccountId> seen_;
};

}  // namespace

AccountId account_id(OrganizationId organization_id, const Account& account) {
  std::string name = organization_id.str();
  name += '/';
  name += account.code;
  name += '/';
  if (account.partner_id) account.partner_id->append_to(name);
  name += '/';
  name += account.currency.code();
  const std::string digest = crypto::sha256(name);
  std::array<std::uint8_t, 16> bytes{};
  std::memcpy(bytes.data(), digest.data(), bytes.size());
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x80U);  // version 8
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);  // variant
  return AccountId{Uuid{bytes}};
}

void post(db::Tx& tx, std::span<const Posting> postings) {
  if (postings.empty()) return;
  AccountSet accounts(tx.scope().organization_id);
  std::vector<PostingId> ids;
  Texts kinds, keys;
  OptionalPartners partners;
  std::vector<std::int32_t> leg_posting;
  std::vector<AccountId> leg_debit, leg_credit;
  std::vector<std::int64_t> leg_amount;
  for (const Posting& posting : postings) {
    TANDEM_ASSERT(!posting.legs.empty(), "posting {} has no leg", posting.key);
    ids.push_back(tx.new_id<PostingId>());
    kinds.push_back(posting.kind);
    keys.push_back(posting.key);
    partners.push_back(posting.partner_id);
    for (const Leg& leg : posting.legs) {
      TANDEM_ASSERT(leg.amount > 0 && leg.amount <= kMaxAmount, "leg of {} in {}", leg.amount, posting.key);
      TANDEM_ASSERT(leg.debit.currency == leg.credit.currency, "two currencies in {}", posting.key);
      leg_posting.push_back(static_cast<std::int32_t>(ids.size()));
      leg_debit.push_back(accounts.add(leg.debit));
      leg_credit.push_back(accounts.add(leg.credit));
      leg_amount.push_back(leg.amount);
    }
  }
  const std::size_t wanted = accounts.ids.size();
  tx.later_checked(
      kOpenAccounts,
      [wanted](const db::Result& opened) {
        TANDEM_ASSERT(static_cast<std::size_t>(opened.rows()) == wanted, "{} of {} accounts opened",
                      opened.rows(), wanted);
      },
      accounts.ids, accounts.codes, accounts.partners, accounts.currencies);
  std::vector<std::optional<PostingId>> reverses(ids.size());
  tx.later(kPost, ids, kinds, keys, partners, reverses, leg_posting, leg_debit, leg_credit, leg_amount);
}

Task<std::vector<Position>> lock_positions(db::Tx& tx, std::vector<PartnerCurrency> of) {
  std::ranges::sort(of);
  of.erase(std::ranges::unique(of).begin(), of.end());
  AccountSet accounts(tx.scope().organization_id);
  std::vector<Position> out;
  std::map<AccountId, std::int64_t*> balance_of;
  out.reserve(of.size());
  for (const auto& [partner_id, currency] : of) {
    Position& position = out.emplace_back(Position{.partner_id = partner_id, .currency = currency});
    for (const auto& [code, balance] : {std::pair{"liab.commission_held", &position.held},
                                        {"liab.commission_payable", &position.payable},
                                        {"asset.clawback_receivable", &position.owed_back},
                                        {"liab.payout_in_transit", &position.in_transit}})
      balance_of.emplace(accounts.add({code, partner_id, currency}), balance);
  }
  if (out.empty()) co_return out;
  tx.later(kOpenAccounts, accounts.ids, accounts.codes, accounts.partners, accounts.currencies);
  for (const auto& row : co_await tx.all(kLock, accounts.ids)) *balance_of.at(row.id) = row.balance;
  co_return out;
}

Task<std::vector<Balance>> balances(db::Tx& tx, PartnerId partner_id) {
  return tx.all(kBalances, partner_id);
}

Task<std::vector<Difference>> reconcile(db::Tx& tx) { return tx.all(kReconcile); }

}  // namespace tandem::ledger
