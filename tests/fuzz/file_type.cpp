// What a file is and may be called: a type that browsers show needs its signature, names
// lead nowhere, and the beginning of a text is still a text.
#include "base/text.h"
#include "core/files.h"
#include "fuzz.h"

namespace {

using namespace hy;
using fuzz::expect;

void check_type(std::string_view head) {
    const std::string type = files::sniff(head);
    expect(!type.empty() && type.find('/') != std::string::npos, "every file has a type");
    expect(files::types_agree(type, type), "a type agrees with itself");
    expect(files::types_agree("", type) && files::types_agree("application/octet-stream", type), "who says nothing");
    // Nothing that a browser could run is ever shown in place.
    for (const char* bad : {"text/html", "image/svg+xml", "application/javascript", "text/plain"})
        expect(!files::shown_inline(bad), "no page of somebody's is shown in place");
    for (const char* shown : {"image/jpeg", "image/png", "image/gif", "image/webp"})
        expect(type == shown || !files::types_agree(shown, type), "who says picture shows a picture's signature");
    if (type != "text/plain") return;
    expect(head.find('\0') == std::string_view::npos, "a text has no NUL");
    for (size_t cut = 1; cut <= 4 && cut < head.size(); ++cut)
        if (valid_utf8(head)) expect(files::sniff(head.substr(0, head.size() - cut)).size() > 0, "cut anywhere");
    if (valid_utf8(head) && head.size() > 600)
        for (size_t at = 509; at < 513; ++at) {
            const std::string begun = files::sniff(head.substr(0, at));
            expect(begun == "text/plain", "the first 512 bytes of a text are a text");
        }
}

void check_name(std::string_view sent) {
    const std::string name = files::safe_name(sent, 1'707'834'622'000);
    expect(!name.empty() && name.size() <= 80 + 16 + 9, "a name has a bound");
    expect(valid_utf8(name) && name.front() != '.', "is UTF-8 and not hidden");
    expect(name.find("_20240213_143022") != std::string::npos, "bears its time");
    for (const char c : name) {
        const auto byte = static_cast<uint8_t>(c);
        expect(byte > 0x20 && byte != 0x7f && c != '/' && c != '\\' && c != '"',
               "and holds nothing that leads elsewhere");
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view bytes = fuzz::view(data, size);
    check_type(bytes);
    check_name(bytes);
    std::string_view rest = bytes;
    const std::string declared = lower(fuzz::take(rest, '\n'));
    files::types_agree(declared, files::sniff(rest));
    return 0;
}
