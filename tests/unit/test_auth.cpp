// Known answers for the primitives, and every way in which a token is not ours.
#include <boost/test/unit_test.hpp>

#include "auth/crypto.h"
#include "auth/tokens.h"
#include "base/encode.h"
#include "base/errors.h"
#include "base/text.h"

using namespace hy;
using namespace hy::auth;
using namespace std::string_literals;

namespace {
constexpr int64_t kNow = 1'700'000'000'000;
const std::string kSecret(32, 's'), kOther(32, 'o');
const Keyring kKeys({{"k1", kSecret}});

std::string raw(const std::string& header, const std::string& payload, const std::string& secret = kSecret) {
    const std::string text = base64url(header) + "." + base64url(payload);
    return text + "." + base64url(hmac_sha256(secret, text));
}
const std::string kHeader = R"({"alg":"HS256","typ":"JWT","kid":"k1"})";
std::string payload(const std::string& more) {
    return R"({"iss":"hongyan","sub":"5","kind":"access","ver":1,"iat":1700000000)" + more + "}";
}
bool good(const std::string& token, const char* kind = "access") {
    return verify(kKeys, token, kind, kNow).has_value();
}
Claims claims() {
    Claims c;
    c.subject = "5";
    c.kind = "access";
    c.scope = "profile robots";
    c.id = "j";
    c.family = "f";
    c.version = 3;
    c.generation = 2;
    c.platform = 1;
    c.issued = kNow / 1000;
    c.expires = c.issued + 60;
    return c;
}
}  // namespace

BOOST_AUTO_TEST_SUITE(auth_values)

BOOST_AUTO_TEST_CASE(sha256_of_fips_180) {
    BOOST_TEST(to_hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(to_hex(sha256("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(hmac_of_rfc_4231) {
    BOOST_TEST(to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
               "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    BOOST_TEST(to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
               "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    BOOST_TEST(to_hex(hmac_sha256(std::string(20, '\xaa'), std::string(50, '\xdd'))) ==
               "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe");
    BOOST_TEST(
        to_hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

// RFC 7515 A.1: key, header and payload there, signature there.
BOOST_AUTO_TEST_CASE(hs256_of_rfc_7515) {
    const std::string key =
        *from_base64url("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow");
    const std::string text =
        "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
        "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
    BOOST_TEST(base64url(hmac_sha256(key, text)) == "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
}

BOOST_AUTO_TEST_CASE(equal_in_constant_time) {
    BOOST_TEST(equal_constant_time("", ""));
    BOOST_TEST(equal_constant_time("abc", "abc"));
    BOOST_TEST(!equal_constant_time("abc", "abd"));
    BOOST_TEST(!equal_constant_time("abc", "ab"));
}

BOOST_AUTO_TEST_CASE(the_box_opens_only_what_it_sealed) {
    const SecretBox box(std::string(32, 'k')), other(std::string(32, 'l'));
    for (const auto& text : {""s, "a"s, "鸿雁\0x"s, std::string(100000, 'x')})
        BOOST_TEST(*box.open(box.seal(text, "c"), "c") == text);
    const std::string sealed = box.seal("hello", "session");
    BOOST_TEST(sealed != box.seal("hello", "session"));
    BOOST_TEST(!box.open(sealed, "other"));
    BOOST_TEST(!box.open(sealed, ""));
    BOOST_TEST(!other.open(sealed, "session"));
    for (size_t i = 0; i < sealed.size(); ++i) {
        std::string bent = sealed;
        bent[i] = static_cast<char>(bent[i] ^ 1);
        BOOST_TEST(!box.open(bent, "session"), i);
        BOOST_TEST(!box.open(sealed.substr(0, i), "session"), i);
    }
    BOOST_TEST(!box.open(sealed + "x", "session"));
    BOOST_TEST(box.derive("a") != box.derive("b"));
    BOOST_TEST(box.derive("a") != other.derive("a"));
    BOOST_CHECK_THROW(SecretBox("short"), Error);
}

BOOST_AUTO_TEST_CASE(a_token_says_what_was_signed) {
    const auto back = verify(kKeys, sign(kKeys, claims()), "access", kNow);
    BOOST_REQUIRE(back);
    BOOST_TEST(back->subject == "5");
    BOOST_TEST(back->scope == "profile robots");
    BOOST_TEST(back->id == "j");
    BOOST_TEST(back->family == "f");
    BOOST_TEST(back->version == 3);
    BOOST_TEST(back->generation == 2);
    BOOST_TEST(back->platform == 1);
    BOOST_TEST(back->issued == kNow / 1000);
    BOOST_TEST(back->expires == kNow / 1000 + 60);
    BOOST_TEST(good(raw(kHeader, payload(R"(,"exp":1700000060)"))));
}

BOOST_AUTO_TEST_CASE(tokens_expire_and_keep_to_their_kind) {
    const std::string token = sign(kKeys, claims());
    BOOST_TEST(verify(kKeys, token, "access", kNow + 59'999).has_value());
    BOOST_TEST(!verify(kKeys, token, "access", kNow + 60'000));
    for (const auto* kind : {"refresh", "robot", "im", ""}) BOOST_TEST(!good(token, kind), kind);
}

BOOST_AUTO_TEST_CASE(a_clock_that_is_behind_logs_nobody_out) {
    BOOST_TEST(verify(kKeys, sign(kKeys, claims()), "access", kNow - 3'600'000).has_value());
}

BOOST_AUTO_TEST_CASE(keys_rotate) {
    const Keyring both({{"k1", kSecret}, {"k2", kOther}}), only_new({{"k2", kOther}}), same_id({{"k1", kOther}});
    const std::string old_token = sign(kKeys, claims()), new_token = sign(both, claims());
    BOOST_TEST(verify(both, old_token, "access", kNow).has_value());
    BOOST_TEST(verify(only_new, new_token, "access", kNow).has_value());
    BOOST_TEST(!verify(only_new, old_token, "access", kNow));
    BOOST_TEST(!verify(kKeys, new_token, "access", kNow));
    BOOST_TEST(!verify(same_id, old_token, "access", kNow));
    BOOST_CHECK_THROW(Keyring({}), Error);
    BOOST_CHECK_THROW(Keyring({{"k", std::string(31, 'x')}}), Error);
}

BOOST_AUTO_TEST_CASE(forged_tokens) {
    const std::string exp = R"(,"exp":1700000060)", fine = payload(exp);
    for (const auto* header :
         {R"({"alg":"none","kid":"k1"})", R"({"alg":"None","kid":"k1"})", R"({"alg":"HS384","kid":"k1"})",
          R"({"alg":"RS256","kid":"k1"})", R"({"alg":"hs256","kid":"k1"})", R"({"kid":"k1"})", R"({"alg":"HS256"})",
          R"({"alg":"HS256","kid":"k9"})", R"({"alg":["HS256"],"kid":"k1"})",
          R"({"alg":"HS256","alg":"none","kid":"k1"})", "[]", "", "x"})
        BOOST_TEST(!good(raw(header, fine)), header);
    BOOST_TEST(!good(raw(kHeader, fine, kOther)));
    BOOST_TEST(!good(raw(kHeader, fine, "")));
    const std::string none = base64url(R"({"alg":"none"})"s) + "." + base64url(fine) + ".";
    BOOST_TEST(!good(none));
    for (const auto& body :
         {payload(""), payload(R"(,"exp":1700000060.5)"), payload(R"(,"exp":"1700000060")"),
          payload(R"(,"exp":1700000060.0)"), payload(R"(,"exp":true)"), payload(R"(,"exp":1700000000)"),
          payload(R"(,"exp":-1)"), payload(R"(,"exp":18446744073709551615)"), payload(exp + R"(,"exp":1900000000)"),
          payload(exp + R"(,"nbf":1700000900)"),
          R"({"iss":"other","sub":"5","kind":"access","ver":1,"iat":1700000000,"exp":1700000060})"s,
          R"({"sub":"5","kind":"access","ver":1,"iat":1700000000,"exp":1700000060})"s,
          R"({"iss":"hongyan","kind":"access","ver":1,"iat":1700000000,"exp":1700000060})"s,
          R"({"iss":"hongyan","sub":5,"kind":"access","ver":1,"iat":1700000000,"exp":1700000060})"s,
          R"({"iss":"hongyan","sub":"5","ver":1,"iat":1700000000,"exp":1700000060})"s,
          R"({"iss":"hongyan","sub":"5","kind":"access","ver":1,"nbf":1800000000,"exp":1900000000})"s, "[]"s, ""s,
          "\xFF"s})
        BOOST_TEST(!good(raw(kHeader, body)), body);
}

BOOST_AUTO_TEST_CASE(bent_tokens) {
    const std::string token = sign(kKeys, claims());
    for (size_t i = 0; i < token.size(); ++i) {
        BOOST_TEST(!good(token.substr(0, i)), i);
        std::string bent = token;
        bent[i] = bent[i] == 'A' ? 'B' : 'A';
        BOOST_TEST(!good(bent), i);
    }
    for (const auto& bad :
         {""s, "."s, ".."s, "..."s, token + "."s, token + "A"s, token + "="s, " "s + token, token + "\n"s,
          token + "."s + token, std::string(5000, 'a'), std::string(5000, '.'), "a.b.c"s, "\0.\0.\0"s})
        BOOST_TEST(!good(bad));
    BOOST_TEST(!good(raw(kHeader, payload(R"(,"exp":1700000060,"x":")" + std::string(5000, 'x') + "\""))));
}

BOOST_AUTO_TEST_SUITE_END()
