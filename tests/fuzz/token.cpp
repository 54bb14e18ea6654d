// Tokens: nothing verifies that was not signed with our key; one flipped bit ends a token;
// and what we did sign says of itself what the reader then says, whatever the claims hold.
#include "auth/tokens.h"

#include "auth/crypto.h"
#include "base/encode.h"
#include "base/text.h"
#include "fuzz.h"
#include "json/value.h"

namespace {

using namespace hy;
using fuzz::Choice;
using fuzz::expect;

constexpr int64_t kNow = 1'700'000'000'000;
const auth::Keyring kKeys({{"old", "an old secret of 32 characters, or more"},
                           {"new", "0123456789abcdef0123456789abcdef"}});

auth::Claims claims_from(std::string_view rest) {
    auth::Claims c;
    c.kind = "access";
    c.issued = kNow / 1000 - 10;
    c.expires = kNow / 1000 + 10;
    c.subject = "7" + std::string(fuzz::take(rest, '\n').substr(0, 60));
    c.scope = std::string(fuzz::take(rest, '\n').substr(0, 60));
    c.family = std::string(fuzz::take(rest, '\n').substr(0, 60));
    c.id = std::string(rest.substr(0, 60));
    c.version = static_cast<int64_t>(rest.size());
    return c;
}

void one_bit(std::string_view input, Choice& choice) {
    const auth::Claims c = claims_from(input);
    const std::string token = auth::sign(kKeys, c);
    const auto read = auth::verify(kKeys, token, "access", kNow);
    expect(read && read->version == c.version && read->expires == c.expires, "our own token verifies");
    if (valid_utf8(input)) {
        expect(valid_utf8(c.subject) == (read->subject == c.subject), "with the subject that was signed");
        expect(valid_utf8(c.scope) == (read->scope == c.scope), "and the scope");
    }
    expect(!auth::verify(kKeys, token, "refresh", kNow), "not as another kind");
    expect(!auth::verify(kKeys, token, "access", c.expires * 1000), "not when it has expired");
    expect(auth::verify(kKeys, token, "access", kNow - 100'000).has_value(), "also where the clock is behind");
    std::string flipped = token;
    const size_t at = choice.upto(token.size() - 1);
    flipped[at] = static_cast<char>(flipped[at] ^ (1 << choice.upto(7)));
    expect(!auth::verify(kKeys, flipped, "access", kNow), "a token with a flipped bit never verifies");
    expect(!auth::verify(kKeys, token.substr(0, choice.upto(token.size() - 1)), "access", kNow), "nor one cut short");
    expect(!auth::verify(kKeys, token + "A", "access", kNow), "nor one with more behind it");
    expect(!auth::verify(kKeys, token + "=", "access", kNow), "not even padding");
}

// Header and payload from the input, rightly signed: as a release of another age might have.
void any_claims(std::string_view input) {
    const std::string_view header = fuzz::take(input, '\n');
    std::string token = base64url(header) + "." + base64url(input);
    token += "." + base64url(auth::hmac_sha256(kKeys.newest().secret, token));
    const auto read = auth::verify(kKeys, token, "access", kNow);
    if (!read) return;
    const auto head = json::parse(header), body = json::parse(input);
    expect(head && body, "header and payload are JSON");
    expect(head->text_or("alg") == "HS256" && head->text_or("kid") == "new", "of the one algorithm and our key");
    expect(body->text_or("iss") == "hongyan" && body->text_or("kind") == "access", "of this house, and of its kind");
    expect(!read->subject.empty() && read->expires > kNow / 1000, "somebody's, and not expired");
    expect(body->int_or("nbf") <= kNow / 1000 + 60, "not before it may be used");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input = fuzz::view(data, size);
    Choice choice(input);
    expect(!auth::verify(kKeys, input, "access", kNow), "what we did not sign never verifies");
    one_bit(input, choice);
    any_claims(input);
    return 0;
}
