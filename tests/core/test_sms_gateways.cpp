// Codes on their way through a provider: a stand-in judges each request as the provider's own document says
// (Aliyun "request syntax and signature method V3", Tencent Cloud "signature v3"), from what came over the wire alone.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <fstream>

#include "auth/crypto.h"
#include "base/encode.h"
#include "base/text.h"
#include "core/sms.h"
#include "json/value.h"
#include "support/stand_in.h"
#include "support/world.h"

using namespace hy;
using namespace hy::test;

namespace {

constexpr const char* kSecret = "the secret of the account";

std::string hex(const std::string& bytes) { return to_hex(bytes); }
std::string hash(const std::string& text) { return hex(auth::sha256(text)); }
// What stands between `from` and the next comma.
std::string part(const std::string& header, const std::string& from) {
    const size_t at = header.find(from);
    if (at == std::string::npos) return {};
    return header.substr(at + from.size(), header.find(',', at) - at - from.size());
}

// "name:value\n" of each signed header, as it was received.
std::string canonical(const Asked& asked, const std::string& names, bool lowered) {
    std::string text;
    for (const auto& name : split(names, ';')) {
        const std::string value(trim(asked.header(name)));
        text += name + ":" + (lowered ? lower(value) : value) + "\n";
    }
    return text;
}

bool aliyun_would_take(const Asked& asked) {
    const std::string authorization = asked.header("authorization"), names = part(authorization, "SignedHeaders=");
    const size_t mark = asked.path.find('?');
    if (!authorization.starts_with("ACS3-HMAC-SHA256 Credential=key-1,") || mark == std::string::npos) return false;
    for (const char* needed : {"host", "x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce"})
        if (names.find(needed) == std::string::npos) return false;
    // The query's parts in the order of their names.
    auto parts = split(asked.path.substr(mark + 1), '&');
    std::sort(parts.begin(), parts.end());
    std::string query;
    for (const auto& one : parts) query += (query.empty() ? "" : "&") + one;
    if (asked.header("x-acs-content-sha256") != hash(asked.body)) return false;
    const std::string request = asked.method + "\n" + asked.path.substr(0, mark) + "\n" + query + "\n" +
                                canonical(asked, names, false) + "\n" + names + "\n" + hash(asked.body);
    return part(authorization, "Signature=") == hex(auth::hmac_sha256(kSecret, "ACS3-HMAC-SHA256\n" + hash(request)));
}

bool tencent_would_take(const Asked& asked) {
    const std::string authorization = asked.header("authorization"), names = part(authorization, "SignedHeaders=");
    const std::string seconds = asked.header("x-tc-timestamp");
    const std::string day = iso8601(to_int(seconds).value_or(0) * 1000).substr(0, 10), scope = day + "/sms/tc3_request";
    if (!authorization.starts_with("TC3-HMAC-SHA256 Credential=key-1/" + scope + ",")) return false;
    if (names.find("content-type") == std::string::npos || names.find("host") == std::string::npos) return false;
    const std::string request = "POST\n/\n\n" + canonical(asked, names, true) + "\n" + names + "\n" + hash(asked.body);
    const std::string text = "TC3-HMAC-SHA256\n" + seconds + "\n" + scope + "\n" + hash(request);
    const std::string key = auth::hmac_sha256(
        auth::hmac_sha256(auth::hmac_sha256(std::string("TC3") + kSecret, day), "sms"), "tc3_request");
    return part(authorization, "Signature=") == hex(auth::hmac_sha256(key, text));
}

bool hook_would_take(const Asked& asked) {
    return asked.header("x-signature") == hex(auth::hmac_sha256(kSecret, asked.body)) &&
           asked.header("content-type").starts_with("application/json");
}

struct Gateway : World {
    Gateway() {
        config.sms.key_id = "key-1";
        config.sms.key_secret_file = scratch_folder() + "/sms-secret";
        config.sms.sign_name = "鸿雁 & 朋友";
        config.sms.template_id = "T+1";
        config.sms.app_id = "1400000000";
        secret(kSecret);
    }
    void secret(const std::string& text) { std::ofstream(config.sms.key_secret_file) << text << "\n"; }
    // The error's code, "" for success.
    std::string send(const std::string& provider, const StandIn& stand_in) {
        config.sms.provider = provider;
        config.sms.base_url = stand_in.url();
        return code_of([&] { sms::deliver(house, {"13800001111", "123456"}); });
    }
};

Told aliyun(const Asked& asked) {
    return aliyun_would_take(asked) ? Told{200, R"({"Code":"OK","Message":"OK"})"}
                                    : Told{403, R"({"Code":"SignatureDoesNotMatch"})"};
}
Told tencent(const Asked& asked) {
    return tencent_would_take(asked)
               ? Told{200, R"({"Response":{"SendStatusSet":[{"Code":"Ok"}],"RequestId":"r"}})"}
               : Told{200, R"({"Response":{"Error":{"Code":"AuthFailure.SignatureFailure"},"RequestId":"r"}})"};
}
Told hook(const Asked& asked) {
    return hook_would_take(asked) ? Told{200, R"({"code":0})"} : Told{401, R"({"code":401})"};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sms_gateways)

BOOST_FIXTURE_TEST_CASE(each_takes_what_is_signed_by_its_account, Gateway) {
    using Gate = std::pair<const char*, Told (*)(const Asked&)>;
    for (const auto& [provider, answer] : {Gate("aliyun", aliyun), Gate("tencent", tencent), Gate("hook", hook)}) {
        BOOST_TEST_CONTEXT(provider) {
            const StandIn stand_in(answer);
            secret(kSecret);
            BOOST_TEST(send(provider, stand_in) == "");
            BOOST_REQUIRE(stand_in.count() == 1u);
            const auto asked = stand_in.asked().front();
            BOOST_TEST(((asked.path + asked.body).find("123456") != std::string::npos));
            BOOST_TEST(((asked.path + asked.body).find("13800001111") != std::string::npos));
            // Signed by somebody else.
            secret("another secret");
            BOOST_TEST(send(provider, stand_in) == "sms.away");
        }
    }
}

BOOST_FIXTURE_TEST_CASE(what_they_refuse_is_no_success, Gateway) {
    const StandIn full([](const Asked&) { return Told{200, R"({"Code":"isv.BUSINESS_LIMIT_CONTROL"})"}; });
    BOOST_TEST(send("aliyun", full) == "sms.away");
    const StandIn bad([](const Asked&) {
        return Told{200, R"({"Response":{"SendStatusSet":[{"Code":"LimitExceeded.PhoneNumberDailyLimit"}]}})"};
    });
    BOOST_TEST(send("tencent", bad) == "sms.away");
    const StandIn broken([](const Asked&) { return Told{500, ""}; });
    for (const char* provider : {"aliyun", "tencent", "hook"})
        BOOST_TEST(send(provider, broken) == "sms.away", provider);
}

BOOST_FIXTURE_TEST_CASE(one_that_hangs_is_left, Gateway) {
    const StandIn hanging([](const Asked&) { return Told{200, R"({"code":0})", 4000}; });
    BOOST_TEST(send("hook", hanging) == "sms.away");
}

BOOST_AUTO_TEST_SUITE_END()
