// Signed links to files, and the key in an address: a link that we made is good, one that
// somebody changed is not, and no address leads to anything but a key.
#include "core/files.h"
#include "fuzz.h"
#include "http/message.h"

namespace {

using namespace hy;
using fuzz::Choice;
using fuzz::expect;

const std::string kKey = "abcdefghijklmnopqrstuvwxyz012345";

struct FixedClock final : Clock {
    int64_t now_ms() const override { return 1'700'000'000'000; }
};

struct Fixture {
    Config config;
    FixedClock clock;
    MessageIds ids{clock};
    auth::Keyring keys{{{"k", "0123456789abcdef0123456789abcdef"}}};
    auth::SecretBox box{std::string(32, 'k')};
    House house{config, clock, ids, keys, box};
};

void check_link(const House& house, const std::string& name, Choice& choice) {
    const std::string key = files::key_in(house, "/ocms/files/" + kKey + "/x") ? kKey : "";
    expect(!key.empty(), "a key is a key");
    const std::string link = files::link(house, key, name);
    expect(files::key_in(house, link) == key, "a link leads to its key");
    const auto query = http::parse_query(link);
    expect(query && query->size() == 2, "a link has its end and its signature");
    const std::string end = *http::find(*query, "e"), signature = *http::find(*query, "s");
    expect(files::link_is_good(house, key, end, signature), "our link is good");
    expect(!files::link_is_good(house, key, end + "0", signature), "not for longer");
    std::string other = key, changed = signature;
    other[choice.upto(key.size() - 1)] ^= 1;
    expect(!files::link_is_good(house, other, end, signature), "not for another file");
    changed[choice.upto(changed.size() - 1)] ^= static_cast<char>(1 << choice.upto(7));
    expect(!files::link_is_good(house, key, end, changed), "not with another signature");
    expect(!files::link_is_good(house, key, end, name), "not with a made up one");
    expect(!files::link_is_good(house, key, name, signature), "nor with a made up end");
    const auto path = http::path_segments(files::path_of(key, name));
    if (path && !name.empty())
        expect(path->size() == 4 && (*path)[2] == key && (*path)[3] == name, "a path names the file");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    static Fixture fixture;
    const std::string input(fuzz::view(data, size));
    Choice choice(input);
    check_link(fixture.house, input, choice);
    for (const std::string& address : {input, "/ocms/files/" + input, fixture.config.public_url + input}) {
        const auto key = files::key_in(fixture.house, address);
        if (key) expect(key->find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") == key->npos, "a key is plain");
    }
    return 0;
}
