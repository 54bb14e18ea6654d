#include "core/files.h"

#include <filesystem>
#include <utility>

#include "base/encode.h"
#include "base/text.h"
#include "http/message.h"

namespace hy::files {

namespace {

constexpr const char* kInsert =
    "INSERT INTO files (file_key, owner_type, owner_id, name, mime, size, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)";
constexpr const char* kFind = "SELECT file_key, owner_type, owner_id, name, mime, size FROM files WHERE file_key = ?";
constexpr const char* kFindByName =
    "SELECT file_key, owner_type, owner_id, name, mime, size FROM files"
    " WHERE owner_type = ? AND owner_id = ? AND name = ? ORDER BY id DESC LIMIT 1";
constexpr const char* kNoteUse = "INSERT IGNORE INTO file_uses (file_key, channel_id) VALUES (?, ?)";
constexpr const char* kMayRead =
    "SELECT 1 FROM file_uses u JOIN channel_members m ON m.channel_id = u.channel_id"
    " WHERE u.file_key = ? AND m.member_type = ? AND m.member_id = ? LIMIT 1";

constexpr std::string_view kBase = "/ocms/files/";
constexpr size_t kKeyLength = 32;

std::optional<File> one(db::Rows rows) {
    if (!rows.next()) return std::nullopt;
    return File{rows.text(1),
                {static_cast<PrincipalType>(rows.integer(2)), rows.integer(3)},
                rows.text(4),
                rows.text(5),
                rows.integer(6)};
}

bool is_key(std::string_view text) {
    return text.size() == kKeyLength && text.find_first_not_of(kLowerDigits) == std::string_view::npos;
}

std::string signature_of(const House& house, const std::string& key, const std::string& expires) {
    return base64url(auth::hmac_sha256(house.box.derive("file link"), key + ":" + expires).substr(0, 18));
}

}  // namespace

Received receive(const House& house, Store& store, const Principal& owner, std::string_view sent_name,
                 std::string_view declared_type, const std::function<size_t(char*, size_t)>& read) {
    File file{random_text(kKeyLength, kLowerDigits), owner, safe_name(sent_name, house.clock.now_ms()), "", 0};
    auto incoming = store.begin();
    std::string head;
    char buffer[16384];
    while (const size_t got = read(buffer, sizeof buffer)) {
        file.size += static_cast<int64_t>(got);
        if (file.size > house.config.files.max_bytes) throw Error(Fault::too_large, "file.size");
        if (head.size() < 512) head.append(buffer, std::min(got, 512 - head.size()));
        incoming->write(buffer, got);
    }
    if (file.size == 0) throw Error(Fault::bad_request, "file.empty");
    file.mime = sniff(head);
    const std::string declared = lower(trim(declared_type.substr(0, declared_type.find(';'))));
    if (!types_agree(declared, file.mime)) throw Error(Fault::bad_request, "file.type", declared);
    return {std::move(file), std::move(incoming)};
}

File keep(db::Database& db, const House& house, Received received) {
    File& file = received.file;
    received.bytes->prepare(file.key, file.mime);
    bool kept = false;
    db.transaction([&](db::Session& s) {
        s.execute(kInsert, {file.key, file.owner.type_number(), file.owner.id, file.name, file.mime, file.size,
                            house.clock.now_ms()});
        // Before the commit: no row without bytes. After the row: no bytes without a row, unless
        // the commit itself is lost.
        if (!std::exchange(kept, true)) received.bytes->keep(file.key);
    });
    return std::move(file);
}

File take(db::Database& db, const House& house, Store& store, const Principal& owner, std::string_view sent_name,
          std::string_view declared_type, const std::function<size_t(char*, size_t)>& read) {
    return keep(db, house, receive(house, store, owner, sent_name, declared_type, read));
}

std::optional<File> find(db::Session& s, const std::string& key) {
    if (!is_key(key)) return std::nullopt;
    return one(s.query(kFind, {key}));
}

std::optional<File> find_by_name(db::Session& s, const Principal& owner, const std::string& name) {
    return one(s.query(kFindByName, {owner.type_number(), owner.id, name}));
}

void note_use(db::Session& s, const std::string& key, int64_t channel) { s.execute(kNoteUse, {key, channel}); }

bool may_read(db::Session& s, const File& file, const Principal& reader) {
    if (file.owner == reader) return true;
    return s.query(kMayRead, {file.key, reader.type_number(), reader.id}).next();
}

std::string path_of(const std::string& key, const std::string& name) {
    return std::string(kBase) + key + "/" + http::percent_encode(name);
}

std::string link(const House& house, const std::string& key, const std::string& name) {
    // Rounded up to the hour: the same file keeps the same address for a while.
    const int64_t hour = 3600, now = house.clock.now_ms() / 1000;
    const std::string expires = std::to_string((now + house.config.files.link_seconds + hour - 1) / hour * hour);
    return house.config.public_url + path_of(key, name) + "?e=" + expires + "&s=" + signature_of(house, key, expires);
}

bool link_is_good(const House& house, const std::string& key, const std::string& expires,
                  const std::string& signature) {
    const auto until = to_int(expires);
    return until && *until > house.clock.now_ms() / 1000 &&
           auth::equal_constant_time(signature_of(house, key, expires), signature);
}

std::optional<std::string> key_in(const House& house, std::string_view address) {
    if (address.starts_with(house.config.public_url)) address.remove_prefix(house.config.public_url.size());
    if (!address.starts_with(kBase)) return std::nullopt;
    address.remove_prefix(kBase.size());
    const std::string_view key = address.substr(0, address.find('/'));
    if (!is_key(key)) return std::nullopt;
    return std::string(key);
}

}  // namespace hy::files
