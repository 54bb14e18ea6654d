// The secret box and the sealed sessions in it: nothing opens that we did not seal, for
// another purpose, or with a bit changed; what we sealed opens as it was.
#include "auth/crypto.h"
#include "base/encode.h"
#include "base/text.h"
#include "fuzz.h"
#include "handlers/uplink/session.h"

namespace {

using namespace hy;
using fuzz::Choice;
using fuzz::expect;

const auth::SecretBox kBox(std::string(32, 'k'));

std::string flipped(std::string text, Choice& choice) {
    const size_t at = choice.upto(text.size() - 1);
    text[at] = static_cast<char>(text[at] ^ (1 << choice.upto(7)));
    return text;
}

void check_box(std::string_view input, Choice& choice) {
    expect(!kBox.open(input, "fuzz"), "what was not sealed never opens");
    const std::string sealed = kBox.seal(input, "fuzz");
    expect(sealed.size() == input.size() + 28, "nonce and tag are all that is added");
    expect(kBox.open(sealed, "fuzz") == std::string(input), "what was sealed opens as it was");
    expect(!kBox.open(sealed, "fuz") && !kBox.open(sealed, ""), "for no other purpose");
    expect(!kBox.open(flipped(sealed, choice), "fuzz"), "with no bit flipped");
    expect(!kBox.open(std::string_view(sealed).substr(0, choice.upto(sealed.size() - 1)), "fuzz"), "never cut short");
    expect(!auth::SecretBox(std::string(32, 'l')).open(sealed, "fuzz"), "with no other key");
}

void check_session(std::string_view input, Choice& choice) {
    expect(!uplink::open(kBox, input), "no session is made up");
    uplink::Session session{"ocms", {}, static_cast<int64_t>(input.size()), std::string(input), std::string(input)};
    session.identity.principal = robot_principal(7);
    session.identity.family = std::string(input);
    const std::string sealed = uplink::seal(kBox, session);
    const auto opened = uplink::open(kBox, sealed);
    expect(opened && opened->identity.principal == session.identity.principal, "a session opens for whom it was");
    expect(opened->robot == session.robot && opened->door == "ocms", "about whom it was");
    expect(!valid_utf8(input) || opened->conversation == session.conversation, "and where");
    expect(!uplink::open(kBox, flipped(sealed, choice)), "with no bit flipped");
    expect(!uplink::open(kBox, sealed + "A") && !uplink::open(kBox, sealed + "="), "with nothing behind it");
    // What another release may have sealed: any text must be read without harm.
    uplink::open(kBox, base64url(kBox.seal(input, "relay session")));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view input = fuzz::view(data, size);
    Choice choice(input);
    check_box(input, choice);
    check_session(input, choice);
    return 0;
}
