#include "core/sms.h"

#include <algorithm>
#include <fstream>

#include "base/encode.h"
#include "base/log.h"
#include "base/network.h"
#include "base/text.h"
#include "core/quotas.h"
#include "core/sms_providers.h"
#include "json/writer.h"

namespace hy::sms {

namespace {

constexpr const char* kLock = "SELECT sent_at FROM sms_codes WHERE phone = ? FOR UPDATE";
constexpr const char* kLockCode = "SELECT code_hash, tries_left, expires_at FROM sms_codes WHERE phone = ? FOR UPDATE";
constexpr const char* kInsert =
    "INSERT INTO sms_codes (phone, code_hash, tries_left, sent_at, expires_at) VALUES (?, ?, ?, ?, ?)";
constexpr const char* kRenew =
    "UPDATE sms_codes SET code_hash = ?, tries_left = ?, sent_at = ?, expires_at = ? WHERE phone = ?";
constexpr const char* kUseUp = "UPDATE sms_codes SET tries_left = 0 WHERE phone = ?";
constexpr const char* kTry = "UPDATE sms_codes SET tries_left = tries_left - 1 WHERE phone = ?";
constexpr const char* kWithdraw = "DELETE FROM sms_codes WHERE phone = ? AND code_hash = ?";

constexpr int64_t kDay = 86'400, kHour = 3'600;

// A code has a million values: without the house's key its hash would tell it.
std::string hash_of(const House& house, const std::string& phone, const std::string& code) {
    return to_hex(auth::hmac_sha256(house.box.derive("sms code"), phone + ":" + code));
}

void keep(db::Session& s, const House& house, const Code& code, bool there) {
    const int64_t now = house.clock.now_ms(), end = now + kLifeSeconds * 1000;
    const std::string hash = hash_of(house, code.phone, code.code);
    if (there) {
        s.execute(kRenew, {hash, kTries, now, end, code.phone});
        return;
    }
    try {
        s.execute(kInsert, {code.phone, hash, kTries, now, end});
    } catch (const db::Duplicate&) {
        throw db::Retry{};  // another first one at the same moment: its spacing counts now
    }
}

// The development profile's provider: who may read the file may sign in as anybody.
void write_log(const House& house, const Code& code) {
    if (!house.config.development()) throw Error(Fault::internal, "config", "", "sms.provider log in production");
    json::Writer w;
    w.begin_object().field("time", iso8601(house.clock.now_ms())).field("phone", code.phone);
    w.field("code", code.code).end_object();
    std::ofstream file(house.config.sms.log_file, std::ios::app);
    file << w.text() << "\n";
    if (!file.flush()) throw Error(Fault::upstream, "sms.away", "", house.config.sms.log_file + " cannot be written");
}

}  // namespace

bool valid_phone(std::string_view phone) {
    return phone.size() == 11 && phone[0] == '1' && phone[1] >= '3' &&
           std::all_of(phone.begin(), phone.end(), [](char c) { return c >= '0' && c <= '9'; });
}

Code prepare(db::Session& s, const House& house, const std::string& phone, const std::string& address) {
    if (house.config.sms.provider == "none") throw Error(Fault::unavailable, "sms.none");
    db::Rows rows = s.query(kLock, {phone});
    const bool there = rows.next();
    if (there) {
        const int64_t wait = rows.integer(1) + kSpacingSeconds * 1000 - house.clock.now_ms();
        // Longer than it may be: a clock went back since.
        if (wait > 0 && wait <= kSpacingSeconds * 1000)
            throw Error(Fault::too_many, "sms.spacing", std::to_string((wait + 999) / 1000));
    }
    const auto& limits = house.config.sms;
    quotas::use(s, house, {"sms.phone", limits.per_phone_a_day, kDay}, phone);
    if (house.config.rate_limit)
        quotas::use(s, house, {"sms.address", limits.per_address_an_hour, kHour}, neighbour(address));
    if (house.config.rate_limit) quotas::use(s, house, {"sms.total", limits.per_day, kDay}, "");
    const Code code{phone, random_text(6, "0123456789")};
    keep(s, house, code, there);
    return code;
}

void deliver(const House& house, const Code& code) {
    const Config& config = house.config;
    if (config.sms.provider == "log") return write_log(house, code);
    const Sending sending{code.phone, code.code, house.clock.now_ms(), random_hex32(),
                          read_secret_file(config.sms.key_secret_file)};
    const bool aliyun = config.sms.provider == "aliyun", tencent = config.sms.provider == "tencent";
    const auto request = aliyun    ? aliyun_request(config, sending)
                         : tencent ? tencent_request(config, sending)
                                   : hook_request(config, sending);
    std::string why;
    const auto answer = http::call(request, {}, &why);
    if (answer) why = aliyun ? aliyun_refusal(*answer) : tencent ? tencent_refusal(*answer) : hook_refusal(*answer);
    if (!answer || !why.empty()) throw Error(Fault::upstream, "sms.away", "", config.sms.provider + ": " + why);
}

void withdraw(db::Session& s, const House& house, const Code& code) {
    s.execute(kWithdraw, {code.phone, hash_of(house, code.phone, code.code)});
    // The address keeps its own: who makes the provider refuse again and again is stopped by that.
    quotas::undo(s, house, {"sms.phone", 0, kDay}, code.phone);
    if (house.config.rate_limit) quotas::undo(s, house, {"sms.total", 0, kDay}, "");
}

bool redeem(db::Session& s, const House& house, const std::string& phone, const std::string& code) {
    db::Rows rows = s.query(kLockCode, {phone});
    if (!rows.next() || rows.integer(2) <= 0 || rows.integer(3) <= house.clock.now_ms()) return false;
    const bool right = auth::equal_constant_time(rows.text(1), hash_of(house, phone, code));
    s.execute(right ? kUseUp : kTry, {phone});
    return right;
}

}  // namespace hy::sms
