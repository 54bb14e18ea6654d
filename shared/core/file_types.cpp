// What a file is, told from its bytes, and what it may be called. A short table of our own
// rather than libmagic's database: only the six types that browsers are shown in place have
// to be right, everything else is saved to disk whatever it is.
#include "base/text.h"
#include "core/files.h"

namespace hy::files {

namespace {

constexpr const char* kUnknown = "application/octet-stream";

struct Signature {
    size_t at;
    std::string_view bytes;
    const char* mime;
};
using namespace std::string_view_literals;
// clang-format off
constexpr Signature kSignatures[] = {
    {0, "\xFF\xD8\xFF"sv, "image/jpeg"},
    {0, "\x89PNG\r\n\x1A\n"sv, "image/png"},
    {0, "GIF87a"sv, "image/gif"},
    {0, "GIF89a"sv, "image/gif"},
    {8, "WEBP"sv, "image/webp"},
    {0, "ID3\x02"sv, "audio/mpeg"},
    {0, "ID3\x03"sv, "audio/mpeg"},
    {0, "ID3\x04"sv, "audio/mpeg"},
    {0, "\xFF\xFB"sv, "audio/mpeg"},
    {0, "\xFF\xF3"sv, "audio/mpeg"},
    {0, "\xFF\xF2"sv, "audio/mpeg"},
    {4, "ftypqt"sv, "video/quicktime"},
    {4, "ftypM4A"sv, "audio/mp4"},
    {4, "ftyphei"sv, "image/heic"},
    {4, "ftypmif1"sv, "image/heif"},
    {4, "ftypavif"sv, "image/avif"},
    {4, "ftyp"sv, "video/mp4"},
    {8, "WAVE"sv, "audio/wav"},
    {0, "#!AMR"sv, "audio/amr"},
    {0, "OggS"sv, "audio/ogg"},
    {0, "%PDF-"sv, "application/pdf"},
    {0, "PK\x03\x04"sv, "application/zip"},
    {0, "\x1F\x8B"sv, "application/gzip"},
    {0, "BM"sv, "image/bmp"},
};
// clang-format on

// Families of formats that lie in the same container.
bool zip_based(std::string_view mime) {
    return mime.find("openxmlformats") != std::string_view::npos ||
           mime.find("opendocument") != std::string_view::npos || mime.ends_with("+zip") ||
           mime == "application/x-zip-compressed" || mime == "application/java-archive" ||
           mime == "application/vnd.android.package-archive";
}

}  // namespace

std::string sniff(std::string_view head) {
    for (const auto& signature : kSignatures) {
        if (head.size() < signature.at + signature.bytes.size()) continue;
        if (head.substr(signature.at, signature.bytes.size()) != signature.bytes) continue;
        if (signature.at == 8 && !head.starts_with("RIFF")) continue;
        // Two letters that also begin words: a bitmap's reserved bytes are zero.
        if (signature.bytes == "BM" && (head.size() < 10 || head.substr(6, 4) != "\0\0\0\0"sv)) continue;
        return signature.mime;
    }
    if (head.find('\0') != std::string_view::npos) return kUnknown;
    if (valid_utf8(head)) return "text/plain";
    // A character may be cut by the end of what was looked at: its first byte is there, then
    // only bytes that go on.
    for (size_t cut = 1; cut < 4 && cut < head.size(); ++cut) {
        const auto first = static_cast<unsigned char>(head[head.size() - cut]);
        if ((first & 0xC0) == 0x80) continue;
        const size_t whole = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
        if (first >= 0xC2 && first <= 0xF4 && cut < whole && valid_utf8(head.substr(0, head.size() - cut)))
            return "text/plain";
        break;
    }
    return kUnknown;
}

namespace {
// The names that people use for the types in our table.
std::string usual_name(std::string_view declared) {
    const size_t x = declared.find("/x-");
    if (x != std::string_view::npos)
        return usual_name(std::string(declared.substr(0, x + 1)).append(declared.substr(x + 3)));
    const std::string name(declared);
    if (name == "image/jpg" || name == "image/pjpeg") return "image/jpeg";
    if (name == "audio/mp3") return "audio/mpeg";
    if (name == "audio/m4a") return "audio/mp4";
    if (name == "audio/wave") return "audio/wav";
    return name;
}
}  // namespace

bool types_agree(std::string_view sent, std::string_view found) {
    const std::string declared = usual_name(sent);
    if (declared.empty() || declared == kUnknown || declared == found) return true;
    // One container, many brands.
    if (declared.starts_with("audio/mp4") || declared.starts_with("video/"))
        if (found == "video/mp4" || found == "video/quicktime" || found == "audio/mp4") return true;
    if (found == "application/zip") return zip_based(declared);
    // A type with a signature of its own must show it; one without may be anything unknown or text.
    for (const auto& signature : kSignatures)
        if (declared == signature.mime) return false;
    return found == kUnknown || found == "text/plain";
}

bool shown_inline(std::string_view mime) {
    return mime == "image/jpeg" || mime == "image/png" || mime == "image/gif" || mime == "image/webp" ||
           mime == "audio/mpeg" || mime == "video/mp4";
}

std::string safe_name(std::string_view sent, int64_t now_ms) {
    sent = sent.substr(sent.find_last_of("/\\") + 1);  // npos + 1 is 0
    std::string name;
    for (const char c : sent) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte >= 0x80 || isalnum(byte) || c == '-' || c == '_' || c == '.';
        name.push_back(plain ? c : '_');
    }
    if (!valid_utf8(name)) name.clear();
    std::string extension;
    const size_t dot = name.rfind('.');
    if (dot != std::string::npos && name.size() - dot <= 9 && dot > 0) {
        extension = lower(name.substr(dot));
        name.resize(dot);
    }
    while (name.starts_with('.')) name.erase(0, 1);
    name = utf8_prefix(name, 80);
    if (name.empty()) name = "file";
    return name + "_" + compact_time(now_ms) + extension;
}

}  // namespace hy::files
