// Uploads: kept under random keys, typed by their bytes, given back only to who may have
// them, or to who holds a signed link.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/house.h"
#include "core/principal.h"
#include "db/db.h"

namespace hy::files {

struct File {
    std::string key;
    Principal owner;
    std::string name, mime;
    int64_t size = 0;
};

// Where the bytes live. One interface, so that hosts can share a store.
class Store {
public:
    virtual ~Store() = default;
    class Incoming {
    public:
        virtual ~Incoming() = default;  // what was not kept is thrown away
        virtual void write(const char* data, size_t size) = 0;
        // What takes the network's time, before there is a row. Throws upstream or unavailable "file.store".
        virtual void prepare(const std::string& key, const std::string& mime) = 0;
        virtual void keep(const std::string& key) = 0;  // durable when it returns
    };
    virtual std::unique_ptr<Incoming> begin() = 0;
    // False when it could not be reached: to be tried again.
    virtual bool remove(const std::string& key) = 0;
    // The path below nginx's internal locations that leads to the bytes, given back as this type and disposition.
    virtual std::string internal_path(const std::string& key, const std::string& type,
                                      const std::string& disposition) const = 0;
};
std::unique_ptr<Store> local_store(const std::string& folder);
// An S3-compatible service (files.s3_*). What comes in is kept in `folder` until it is there.
std::unique_ptr<Store> s3_store(const Config& config, const Clock& clock);
// What files.store says.
std::unique_ptr<Store> open_store(const Config& config, const Clock& clock);
// Where that service is, for nginx: "https://bucket.host/" or "https://host/bucket/".
std::string s3_address(const Config& config);

// The type that the first bytes speak of; "text/plain" for UTF-8 text, else
// "application/octet-stream". 512 bytes are enough.
std::string sniff(std::string_view head);
// Whether `declared` may stand for bytes that look like `found`.
bool types_agree(std::string_view declared, std::string_view found);
// Shown in the page rather than saved: jpeg, png, gif, webp, mp3, mp4.
bool shown_inline(std::string_view mime);
// "照片 1.JPG" at 14:30:22 on 2024-02-13 becomes "照片_1_20240213_143022.jpg".
std::string safe_name(std::string_view sent, int64_t now_ms);

// What has come in and is not kept yet: thrown away unless keep() is called.
struct Received {
    File file;
    std::unique_ptr<Store::Incoming> bytes;
};
// Reads to the end. `read` works like BodySource::read. Throws too_large "file.size",
// bad_request "file.type", bad_request "file.empty".
Received receive(const House& house, Store& store, const Principal& owner, std::string_view sent_name,
                 std::string_view declared_type, const std::function<size_t(char*, size_t)>& read);
// Makes it durable and registers it.
File keep(db::Database& db, const House& house, Received received);
// Both, where nothing can still go wrong in between.
File take(db::Database& db, const House& house, Store& store, const Principal& owner, std::string_view sent_name,
          std::string_view declared_type, const std::function<size_t(char*, size_t)>& read);

std::optional<File> find(db::Session& s, const std::string& key);
std::optional<File> find_by_name(db::Session& s, const Principal& owner, const std::string& name);
// Sent in this talk: its members may read it from now on.
void note_use(db::Session& s, const std::string& key, int64_t channel);
// The owner, or a member of a talk it was sent in.
bool may_read(db::Session& s, const File& file, const Principal& reader);

// /ocms/files/<key>/<name>, and the same signed and absolute, good for files.link_seconds.
std::string path_of(const std::string& key, const std::string& name);
std::string link(const House& house, const std::string& key, const std::string& name);
bool link_is_good(const House& house, const std::string& key, const std::string& expires, const std::string& signature);
// The key in one of our own paths or links; nothing for other addresses.
std::optional<std::string> key_in(const House& house, std::string_view address);

}  // namespace hy::files
